import { type ModelEvent, type Provider, defineProvider } from "@hydrogenai/core";

/** A model that answers at once, in as many pieces as asked. */
export function instantModel(pieces: readonly string[]): Provider {
  const finish: ModelEvent = { type: "finish", reason: "stop", usage: { inputTokens: 3, outputTokens: pieces.length }, model: "instant" };
  return defineProvider({
    name: "instant",
    async *stream() {
      for (const text of pieces) yield { type: "text-delta", text };
      yield finish;
    },
  });
}

export const hundredWords: readonly string[] = Array.from({ length: 100 }, (_, at) => `word${at} `);
