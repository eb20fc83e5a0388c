import { hundredWords } from "../model.ts";
import type { Subject } from "../subject.ts";

async function* words(): AsyncGenerator<{ type: "text-delta"; text: string }> {
  for (const text of hundredWords) yield { type: "text-delta", text };
}

/** A bare async generator of a hundred pieces. */
export default {
  warmUp: 2_000,
  batch: 2_000,
  start: async () => async () => {
    let text = "";
    for await (const event of words()) text += event.text;
    return text;
  },
} satisfies Subject;
