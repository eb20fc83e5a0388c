import { type FailoverOptions, type QueryResult, createOrchestrator, isOrchestratorError } from "@hydrogenai/core";
import { openai } from "@hydrogenai/providers/openai";
import { type Client, type Told, fallbackModel, primaryModel } from "../client.ts";

const apiKey = "bench-key";

function answered({ text, model, usage, attempts, timings, answeredBy }: QueryResult): Told {
  // With both vendors gone the local tier says that it cannot answer: no answer, but no false one.
  if (answeredBy === "local") return { kind: "error", message: `answered locally: ${text}`, isTyped: true };
  const inAttempts = attempts.reduce((sum, { durationMs }) => sum + durationMs, 0);
  return {
    kind: "answer",
    text,
    ...(model !== undefined && { model }),
    outputTokens: usage.outputTokens,
    overheadMs: timings.totalMs - inAttempts,
  };
}

function failed(error: unknown, signal: AbortSignal, seen: string | undefined): Told {
  if (signal.aborted && error === signal.reason) return { kind: "aborted" };
  if (!isOrchestratorError(error)) return { kind: "error", message: String(error), isTyped: false };
  const soFar = error.details["text"];
  if (seen && soFar !== seen) return { kind: "error", message: `the error's text is not what was seen: ${String(soFar)}`, isTyped: false };
  return { kind: "error", message: `${error.code}: ${error.message}`, isTyped: true, ...(seen && { textSoFar: seen }) };
}

/** The orchestrator with two vendors through the OpenAI SDK, asked with `query` or read with `stream`. */
export function openOurs(way: "query" | "stream", failover: FailoverOptions, primaryUrl: string, fallbackUrl: string): Client {
  const orchestrator = createOrchestrator({
    providers: [
      openai({ name: "primary", apiKey, baseURL: primaryUrl, model: primaryModel }),
      openai({ name: "fallback", apiKey, baseURL: fallbackUrl, model: fallbackModel }),
    ],
    failover,
  });
  const toQuery = (text: string) => ({ text, options: { type: "simple", cache: "bypass" } }) as const;

  async function ask(question: string, signal: AbortSignal): Promise<Told> {
    let seen: string | undefined;
    try {
      if (way === "query") return answered(await orchestrator.query(toQuery(question), { signal }));
      seen = "";
      for await (const event of orchestrator.stream(toQuery(question), { signal })) {
        if (event.type === "text-delta") seen += event.text;
        else if (event.type === "text-reset") seen = "";
        else if (event.type === "finish") {
          // What a reader put together is what counts; the result must say the same.
          return seen === event.result.text
            ? answered(event.result)
            : ({ ...answered(event.result), text: `${seen} <> ${event.result.text}` } as Told);
        }
      }
      return { kind: "error", message: "the stream ended without a finish", isTyped: false };
    } catch (error) {
      return failed(error, signal, seen);
    }
  }
  return { ask, close: () => orchestrator.close() };
}
