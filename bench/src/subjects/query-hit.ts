import { createOrchestrator } from "@hydrogenai/core";
import { instantModel } from "../model.ts";
import type { Subject } from "../subject.ts";

/** The exact cache in memory answers. */
export default {
  warmUp: 5_000,
  batch: 5_000,
  async start() {
    const orchestrator = createOrchestrator({ providers: [instantModel(["Hello there"])] });
    await orchestrator.query("Which table is kept for guest number 7");
    return async () => {
      if ((await orchestrator.query("Which table is kept for guest number 7")).cached !== "exact") throw new Error("not a hit");
    };
  },
} satisfies Subject;
