import { createOpenAI } from "@ai-sdk/openai";
import { Agent, type AgentConfig } from "@mastra/core/agent";
import { type Client, errorTold, fallbackModel, primaryModel } from "../client.ts";

/** Mastra, an agent with a list of models. */
export function openMastra(primaryUrl: string, fallbackUrl: string): Client {
  const chat = (baseURL: string, model: string) => createOpenAI({ baseURL, apiKey: "bench-key" }).chat(model);
  const models = [{ model: chat(primaryUrl, primaryModel) }, { model: chat(fallbackUrl, fallbackModel) }];
  // Its types do not know the AI SDK's newest interface of models; it works with them all the same.
  const model = models as unknown as AgentConfig["model"];
  const agent = new Agent({ id: "bench", name: "bench", instructions: "Answer.", model });
  return {
    async ask(question, signal) {
      try {
        const run = await agent.stream(question, { abortSignal: signal });
        let text = "";
        for await (const part of run.textStream) text += part;
        if (run.error !== undefined) return errorTold(run.error);
        if (signal.aborted) return { kind: "aborted" };
        const [usage, response, reason] = await Promise.all([run.usage, run.response, run.finishReason]);
        if (reason !== "stop") return errorTold(new Error(`finish reason ${String(reason)}`));
        const answering = response?.modelId;
        return { kind: "answer", text, outputTokens: usage.outputTokens ?? 0, ...(answering !== undefined && { model: answering }) };
      } catch (error) {
        return signal.aborted ? { kind: "aborted" } : errorTold(error);
      }
    },
    async close() {},
  };
}
