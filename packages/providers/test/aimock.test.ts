// The kit against a fake vendor that nobody here wrote.
import { type Fixture, createServer } from "@copilotkit/aimock";
import type { Provider } from "@hydrogenai/core";
import { type ProviderSituation, type ProviderSubject, providerConformance, runConformance } from "@hydrogenai/core/testing";
import { describe, it } from "vitest";
import { anthropic } from "../src/anthropic/index.ts";
import { groq } from "../src/groq/index.ts";
import { openaiCompatible } from "../src/openai-compatible/index.ts";
import { openai } from "../src/openai/index.ts";

const codes = {
  400: "invalid_request_error",
  401: "authentication_error",
  429: "rate_limit_error",
  500: "api_error",
  503: "overloaded_error",
} as const;

/** The first pieces at once, then one that does not come while a test waits. */
const silentAfter = (pieces: number) => ({
  ttftMs: 0,
  interChunkDelaysMs: [...Array<number>(pieces).fill(0), 60_000],
  totalDurationMs: 60_000,
});

/** A stream that stops, and what stands for it where the whole reply is asked for. */
const stopping = (text: string, stream: Partial<Fixture>, whole: Partial<Fixture>): readonly Fixture[] => [
  { match: { predicate: ({ stream }) => stream === true }, response: { content: text }, chunkSize: 4, ...stream },
  { match: {}, response: { content: text }, ...whole },
];

function fixturesFor(situation: ProviderSituation): readonly Fixture[] {
  switch (situation.kind) {
    case "answer": {
      const { text, model, usage, finishReason } = situation;
      const counts = { prompt_tokens: usage.inputTokens, completion_tokens: usage.outputTokens };
      return [{ match: {}, response: { content: text, model, finishReason, usage: counts }, chunkSize: Math.ceil(text.length / 3) }];
    }
    case "tool-call":
      return [{ match: {}, response: { toolCalls: [{ name: situation.name, arguments: situation.arguments }] }, chunkSize: 5 }];
    case "failure": {
      const { status } = situation;
      return [{ match: {}, response: { error: { message: "no", type: codes[status], code: codes[status] }, status } }];
    }
    default: {
      const recordedTimings = silentAfter(situation.text === "" ? 0 : 2);
      if (situation.kind === "cut")
        return stopping(situation.text, { recordedTimings, disconnectAfterMs: 50 }, { chaos: { disconnectRate: 1 } });
      return stopping(situation.text, { recordedTimings }, { response: () => new Promise<never>(() => {}) });
    }
  }
}

async function subject(make: (url: string) => Provider): Promise<ProviderSubject> {
  const fixtures: Fixture[] = [];
  const { server, url } = await createServer(fixtures, { port: 0, host: "127.0.0.1", logLevel: "silent" });
  const open = new Set<unknown>();
  let requests = 0;
  server.prependListener("request", (_, response) => {
    requests++;
    open.add(response);
    response.on("close", () => open.delete(response));
  });
  return {
    provider: make(url),
    when(prompt, situation) {
      const asked: NonNullable<Fixture["match"]["predicate"]> = ({ messages }) => messages.at(-1)?.content === prompt;
      const mine = fixturesFor(situation).map(({ match: { predicate = () => true }, ...rest }) => ({
        ...rest,
        match: { predicate: (request: Parameters<typeof asked>[0]) => asked(request) && predicate(request) },
      }));
      fixtures.unshift(...mine);
    },
    requests: () => requests,
    open: () => open.size,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const apiKey = "sk-planted-secret-0123456789";

describe("openai", () => {
  runConformance(providerConformance, it, { create: () => subject((url) => openai({ model: "m", apiKey, baseURL: `${url}/v1` })) });
});
describe("groq", () => {
  runConformance(providerConformance, it, { create: () => subject((url) => groq({ model: "m", apiKey, baseURL: url })) });
});
describe("openai-compatible", () => {
  runConformance(providerConformance, it, {
    create: () => subject((url) => openaiCompatible({ name: "local", model: "m", baseURL: `${url}/v1` })),
  });
});
describe("anthropic", () => {
  runConformance(providerConformance, it, {
    create: () => subject((url) => anthropic({ model: "m", apiKey, baseURL: url })),
    skip: {
      "A tool call arrives whole, with an id, the tool's name and its arguments as text: unrepaired":
        "this fake mends what is no JSON before it sends it",
    },
  });
});
