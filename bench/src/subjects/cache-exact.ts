import { semanticCache } from "@hydrogenai/cache";
import { createOrchestrator, memoryCacheStore } from "@hydrogenai/core";
import { instantModel } from "../model.ts";
import type { Subject } from "../subject.ts";

/** A whole query answered by an exact hit of the semantic cache over memory. */
export default {
  warmUp: 5_000,
  batch: 5_000,
  async start() {
    const orchestrator = createOrchestrator({
      providers: [instantModel(["Hello there"])],
      cache: semanticCache({ store: memoryCacheStore() }),
    });
    await orchestrator.query("Which table is kept for guest number 7");
    return async () => {
      if ((await orchestrator.query("Which table is kept for guest number 7")).cached !== "exact") throw new Error("not a hit");
    };
  },
} satisfies Subject;
