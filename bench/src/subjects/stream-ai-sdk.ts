import { simulateReadableStream, streamText } from "ai";
import { MockLanguageModelV4 } from "ai/test";
import { hundredWords } from "../model.ts";
import type { Subject } from "../subject.ts";

const whole = hundredWords.join("");

export default {
  warmUp: 100,
  batch: 100,
  async start() {
    const model = new MockLanguageModelV4({
      doStream: async () => ({
        stream: simulateReadableStream({
          initialDelayInMs: null,
          chunkDelayInMs: null,
          chunks: [
            { type: "text-start", id: "1" },
            ...hundredWords.map((delta) => ({ type: "text-delta" as const, id: "1", delta })),
            { type: "text-end", id: "1" },
            {
              type: "finish",
              finishReason: { unified: "stop", raw: "stop" },
              usage: {
                inputTokens: { total: 3, noCache: 3, cacheRead: 0, cacheWrite: 0 },
                outputTokens: { total: 100, text: 100, reasoning: 0 },
              },
            },
          ],
        }),
      }),
    });
    return async () => {
      let text = "";
      for await (const piece of streamText({ model, prompt: "Say hello" }).textStream) text += piece;
      if (text !== whole) throw new Error("wrong answer");
    };
  },
} satisfies Subject;
