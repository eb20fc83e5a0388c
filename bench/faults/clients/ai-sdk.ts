import { createOpenAI } from "@ai-sdk/openai";
import { streamText } from "ai";
import { type Client, errorTold, primaryModel } from "../client.ts";

/** Vercel's AI SDK. It has no failover between vendors of its own, so the fallback is never asked. */
export function openAiSdk(primaryUrl: string): Client {
  const model = createOpenAI({ baseURL: primaryUrl, apiKey: "bench-key" }).chat(primaryModel);
  return {
    async ask(question, signal) {
      try {
        let failure: unknown;
        const run = streamText({ model, prompt: question, abortSignal: signal, onError: ({ error }) => void (failure = error) });
        let text = "";
        for await (const part of run.textStream) text += part;
        if (failure !== undefined) return errorTold(failure);
        if (signal.aborted) return { kind: "aborted" };
        const [usage, response, reason] = await Promise.all([run.usage, run.response, run.finishReason]);
        // A reader that looks at the finish reason is told when the answer was not whole.
        if (reason !== "stop") return errorTold(new Error(`finish reason ${reason}`));
        return { kind: "answer", text, model: response.modelId, outputTokens: usage.outputTokens ?? 0 };
      } catch (error) {
        return signal.aborted ? { kind: "aborted" } : errorTold(error);
      }
    },
    async close() {},
  };
}
