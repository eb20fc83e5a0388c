import type { Subject } from "../subject.ts";

/** The least code that does the same: ask an instantaneous model, keep the text. */
const model = async function* (): AsyncGenerator<{ text: string }> {
  yield { text: "Hello there" };
};

export default {
  warmUp: 20_000,
  batch: 20_000,
  start: async () => async () => {
    let text = "";
    for await (const event of model()) text += event.text;
    return text;
  },
} satisfies Subject;
