import { createOrchestrator } from "@hydrogenai/core";
import { instantModel } from "../model.ts";
import type { Subject } from "../subject.ts";

/** Every stage on the miss path: each question is another one. */
export default {
  warmUp: 5_000,
  batch: 5_000,
  async start() {
    const orchestrator = createOrchestrator({ providers: [instantModel(["Hello there"])] });
    let count = 0;
    return async () => {
      const result = await orchestrator.query(`Which table is kept for guest number ${++count}`);
      if (result.text !== "Hello there" || result.cached !== "none") throw new Error("not the miss path");
    };
  },
} satisfies Subject;
