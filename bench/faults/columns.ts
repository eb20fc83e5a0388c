import type { OpenClient } from "./client.ts";

/** What a column has to reach. Peers have no target: they are there for comparison. */
export interface Column {
  readonly name: string;
  readonly open: OpenClient;
  /** Milliseconds within which every call must end; undefined where the client promises none. */
  readonly deadlineMs?: number;
  readonly target?: "all-pass" | "none-worse-than-safe";
}

const ours = async () => (await import("./clients/ours.ts")).openOurs;
const deadlineMs = 30_000;

/** Each client is loaded by the process that uses it. */
export const columns: Readonly<Record<string, Column>> = {
  query: { name: "ours: query()", target: "all-pass", deadlineMs, open: async (a, b) => (await ours())("query", {}, a, b) },
  stream: { name: "ours: stream()", target: "none-worse-than-safe", deadlineMs, open: async (a, b) => (await ours())("stream", {}, a, b) },
  restart: {
    name: "ours: stream(), restart",
    target: "all-pass",
    deadlineMs,
    open: async (a, b) => (await ours())("stream", { afterFirstToken: "restart" }, a, b),
  },
  mastra: { name: "Mastra 1.71.0, model list", open: async (a, b) => (await import("./clients/mastra.ts")).openMastra(a, b) },
  "ai-sdk": { name: "AI SDK 7.0.173", open: async (a) => (await import("./clients/ai-sdk.ts")).openAiSdk(a) },
  langchain: {
    name: "LangChain.js 1.6.0, withFallbacks",
    open: async (a, b) => (await import("./clients/langchain.ts")).openLangchain(a, b),
  },
};
