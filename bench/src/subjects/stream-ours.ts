import { createOrchestrator } from "@hydrogenai/core";
import { hundredWords, instantModel } from "../model.ts";
import type { Subject } from "../subject.ts";

const whole = hundredWords.join("");

/** A hundred pieces through every stage. */
export default {
  warmUp: 1_000,
  batch: 1_000,
  async start() {
    const orchestrator = createOrchestrator({ providers: [instantModel(hundredWords)] });
    let count = 0;
    return async () => {
      let text = "";
      for await (const event of orchestrator.stream(`Which table is kept for guest number ${++count}`))
        if (event.type === "text-delta") text += event.text;
      if (text !== whole) throw new Error("wrong answer");
    };
  },
} satisfies Subject;
