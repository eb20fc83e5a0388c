// A process of the chaos run: `asker.ts REDIS_URL LEASE_MS`. Asks what it is told over IPC and says what came of it.
import { createOrchestrator, defineProvider, memoryCacheStore } from "@hydrogenai/core";
import { redisCacheStore, redisEventBus } from "../../transport-redis/src/index.ts";
import { semanticCache, tieredStore } from "../src/index.ts";

/** What a process is told to ask. */
export interface Order {
  readonly text: string;
  readonly callers: number;
  /** Milliseconds the simulated model takes. */
  readonly modelMs: number;
  /** As streams instead of results. */
  readonly streams: boolean;
}

/** What came of it. */
export interface Outcome {
  readonly modelCalls: number;
  readonly texts: readonly string[];
  readonly failed: readonly string[];
  readonly totalMs: number;
  /** When each reader saw the first piece of text, in milliseconds since 1970 with fractions. */
  readonly firstTokenAt: readonly number[];
}

const [redis = "", leaseMs = "3000"] = process.argv.slice(2);
const wallClock = (): number => performance.timeOrigin + performance.now();
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

let modelMs = 0;
let modelCalls = 0;
const pieces = ["One ", "answer ", "for ", "all ", "of ", "them"];

const model = defineProvider({
  name: "simulated",
  async *stream() {
    modelCalls++;
    process.send?.({ modelCalled: true });
    for (const piece of pieces) {
      await pause(modelMs / pieces.length);
      yield { type: "text-delta", text: piece };
    }
    yield { type: "finish", reason: "stop", usage: { inputTokens: 1, outputTokens: pieces.length }, model: "simulated-1" };
  },
});

const bus = redisEventBus({ redis });
const cache = semanticCache({ store: tieredStore(memoryCacheStore(), redisCacheStore({ redis }), { bus }), bus, leaseMs: Number(leaseMs) });
const orchestrator = createOrchestrator({ providers: [model], cache, events: bus, limits: { maxConcurrent: 5_000 } });

async function carryOut(order: Order): Promise<Outcome> {
  modelMs = order.modelMs;
  modelCalls = 0;
  const firstTokenAt: number[] = [];
  const failed: string[] = [];
  const texts = new Set<string>();
  const ask = async (): Promise<void> => {
    const query = { text: order.text, options: { type: "simple" as const } };
    if (!order.streams) return void texts.add((await orchestrator.query(query)).text);
    let text = "";
    for await (const event of orchestrator.stream(query)) {
      if (event.type !== "text-delta") continue;
      if (text === "") firstTokenAt.push(wallClock());
      text += event.text;
    }
    texts.add(text);
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: order.callers }, () => ask().catch((error: unknown) => failed.push(String(error)))));
  return { modelCalls, texts: [...texts], failed, totalMs: performance.now() - startedAt, firstTokenAt };
}

process.on("message", (order: Order) => {
  void carryOut(order).then((outcome) => process.send?.({ outcome }));
});
process.on("disconnect", () => process.exit(0));
// Connected to everything before it says so.
await orchestrator.query({ text: "Say nothing", options: { type: "simple" } });
process.send?.({ ready: true });
