// A right subject of every kit: what the kits must pass, and what the wrong adapters are made from.
import { ProviderError } from "../../src/errors.ts";
import { memoryCacheStore } from "../../src/memory/cache-store.ts";
import { memoryEventBus } from "../../src/memory/event-bus.ts";
import { exactCache } from "../../src/memory/exact-cache.ts";
import { memoryWorkQueue } from "../../src/memory/work-queue.ts";
import type { CacheStore } from "../../src/ports/cache-store.ts";
import type { Embedder } from "../../src/ports/embedder.ts";
import type { EventBus } from "../../src/ports/event-bus.ts";
import type { ModelRequest } from "../../src/ports/provider.ts";
import type { WorkQueue } from "../../src/ports/work-queue.ts";
import {
  type CacheSubject,
  type ProviderSituation,
  type ProviderSubject,
  type ScriptedAnswer,
  type ToolSourceSubject,
  scriptedProvider,
} from "../../src/testing/index.ts";
import { pause } from "../../src/testing/pause.ts";
import { defineTool, toolSource } from "../../src/tools.ts";

/** Few and quick retries, so that what fails for good is dead soon. */
const quick = { maxDeliver: 4, retryDelayMs: 2 };

export const quickEventBus = (): EventBus => memoryEventBus(quick);
export const quickWorkQueue = (): WorkQueue => memoryWorkQueue(quick);

const kindOf = { 400: "bad-request", 401: "auth", 429: "rate-limit", 500: "server", 503: "overloaded" } as const;

function answerTo(situation: ProviderSituation): ScriptedAnswer | Error {
  switch (situation.kind) {
    case "answer":
      return situation;
    case "tool-call":
      return { toolCalls: [situation] };
    case "cut":
    case "hang":
      return { text: situation.text, end: situation.kind };
    default:
      return refusal(situation.status);
  }
}

const refusal = (status: keyof typeof kindOf): ProviderError =>
  new ProviderError(`the vendor answered ${status}`, {
    provider: "scripted",
    kind: kindOf[status],
    status,
    retryable: status === 429 || status >= 500,
  });

export const promptOf = (request: ModelRequest): string => {
  const content = request.messages.findLast((message) => message.role === "user")?.content;
  return typeof content === "string" ? content : "";
};

export function scriptedSubject(): ProviderSubject {
  const situations = new Map<string, ProviderSituation>();
  const provider = scriptedProvider((request) => {
    const situation = situations.get(promptOf(request));
    return situation === undefined ? new Error("nothing was arranged for this prompt") : answerTo(situation);
  });
  return {
    provider,
    when: (prompt, situation) => {
      situations.set(prompt, situation);
    },
    requests: () => provider.requests.length,
    open: provider.running,
  };
}

/** Counts letters: no good for meaning, but an embedder. */
export function letterEmbedder(dimensions = 32): Embedder {
  const vectorOf = (text: string): Float32Array => {
    const vector = new Float32Array(dimensions);
    vector[0] = 1;
    for (const character of text) {
      const at = (character.codePointAt(0) ?? 0) % dimensions;
      vector[at] = (vector[at] ?? 0) + 1;
    }
    const length = Math.hypot(...vector);
    return vector.map((value) => value / length);
  };
  return {
    name: "letters",
    dimensions,
    embed: async (texts, options) => {
      options?.signal?.throwIfAborted();
      return texts.map(vectorOf);
    },
    close: async () => {},
  };
}

export function toolSubject(): ToolSourceSubject {
  let running = 0;
  const echo = defineTool({
    name: "echo",
    description: "Says what it is told",
    inputSchema: { type: "object", properties: { text: { type: "string" } }, required: ["text"] },
    readOnly: true,
    execute: (input) => ({ said: input }),
  });
  const fail = defineTool({
    name: "fail",
    description: "Fails",
    inputSchema: { type: "object" },
    execute: () => {
      throw new Error("the disk is full");
    },
  });
  const hang = defineTool({
    name: "hang",
    description: "Works until it is told to stop",
    inputSchema: { type: "object" },
    execute: async (_, { signal }) => {
      running++;
      try {
        await pause(Infinity, signal);
      } finally {
        running--;
      }
      return null;
    },
  });
  return {
    source: toolSource("reference", [echo, fail, hang]),
    echo: { tool: "echo", input: (text) => ({ text }), misfit: { text: 7 } },
    fail: { tool: "fail", input: {}, says: "the disk is full" },
    hang: { tool: "hang", input: {}, running: () => running },
  };
}

export function cacheSubject(): CacheSubject {
  const keys = new Set<string>();
  const store = memoryCacheStore();
  const noting: CacheStore = {
    ...store,
    set: (key, value, options) => {
      keys.add(key);
      return store.set(key, value, options);
    },
  };
  return {
    cache: exactCache({ store: noting }),
    corrupt: async () => {
      for (const key of keys) await store.set(key, Uint8Array.of(0xff, 0x00, 0x7b));
    },
  };
}
