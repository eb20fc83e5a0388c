import { generateText } from "ai";
import { MockLanguageModelV4 } from "ai/test";
import type { Subject } from "../subject.ts";

/** AI SDK: one bare call with its own mock model; no cache, no classification, no record. */
export default {
  warmUp: 2_000,
  batch: 2_000,
  async start() {
    const model = new MockLanguageModelV4({
      doGenerate: async () => ({
        content: [{ type: "text", text: "Hello there" }],
        finishReason: { unified: "stop", raw: "stop" },
        usage: { inputTokens: { total: 3, noCache: 3, cacheRead: 0, cacheWrite: 0 }, outputTokens: { total: 2, text: 2, reasoning: 0 } },
        warnings: [],
      }),
    });
    let count = 0;
    return async () => {
      const { text } = await generateText({ model, prompt: `Which table is kept for guest number ${++count}` });
      if (text !== "Hello there") throw new Error("wrong answer");
    };
  },
} satisfies Subject;
