import { ChatOpenAI } from "@langchain/openai";
import { type Client, errorTold, fallbackModel, primaryModel } from "../client.ts";

/** LangChain.js, `withFallbacks`. */
export function openLangchain(primaryUrl: string, fallbackUrl: string): Client {
  const chat = (baseURL: string, model: string) =>
    new ChatOpenAI({ apiKey: "bench-key", model, configuration: { baseURL }, streamUsage: true });
  const model = chat(primaryUrl, primaryModel).withFallbacks([chat(fallbackUrl, fallbackModel)]);
  return {
    async ask(question, signal) {
      try {
        let text = "";
        let outputTokens = 0;
        let answering: string | undefined;
        for await (const piece of await model.stream(question, { signal })) {
          text += typeof piece.content === "string" ? piece.content : "";
          const said = piece.usage_metadata as { output_tokens?: number } | undefined;
          outputTokens = said?.output_tokens ?? outputTokens;
          const named = piece.response_metadata["model_name"];
          if (typeof named === "string") answering = named;
        }
        if (signal.aborted) return { kind: "aborted" };
        return { kind: "answer", text, outputTokens, ...(answering !== undefined && { model: answering }) };
      } catch (error) {
        return signal.aborted ? { kind: "aborted" } : errorTold(error);
      }
    },
    async close() {},
  };
}
