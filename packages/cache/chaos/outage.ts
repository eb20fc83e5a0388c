import { type Orchestrator, createOrchestrator, defineProvider, memoryCacheStore } from "@hydrogenai/core";
import { redisCacheStore, redisEventBus } from "../../transport-redis/src/index.ts";
import { redisServer } from "../../transport-redis/test/private-server.ts";
import { semanticCache, tieredStore } from "../src/index.ts";

export interface PhaseFigures {
  readonly phase: string;
  readonly queries: number;
  readonly failed: number;
  readonly hits: number;
  /** Of the queries after the first second of the phase. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface OutageFigures {
  readonly phases: readonly PhaseFigures[];
  readonly invalidations: number;
  /** Answers older than an invalidation: one made here before the query began, or elsewhere two seconds before. */
  readonly stale: number;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const reachesOthersMs = 2_000;
const questions = 200;
const quantile = (sorted: readonly number[], share: number): number => sorted[Math.floor(sorted.length * share)] ?? Number.NaN;

/** Two instances under load, one of which invalidates, while Redis runs, is killed, comes back empty, is paused, and goes on. */
export async function outage(perSecond: number, phaseMs: number): Promise<OutageFigures> {
  const server = await redisServer();
  await server.start();
  let version = 0;
  /** Invalidations done, the newest last: since when the answers must be of this version or later. */
  const done: { readonly version: number; readonly at: number }[] = [];

  const model = defineProvider({
    name: "simulated",
    async *stream() {
      const text = `version ${version}`;
      yield { type: "text-delta", text };
      yield { type: "finish", reason: "stop", usage: { inputTokens: 1, outputTokens: 2 }, model: "simulated-1" };
    },
  });

  function instance(): Orchestrator {
    const redis = server.url;
    const bus = redisEventBus({ redis });
    const store = tieredStore(memoryCacheStore(), redisCacheStore({ redis }), { bus });
    return createOrchestrator({ providers: [model], cache: semanticCache({ store, bus }), events: bus });
  }

  const [first, second] = [instance(), instance()];
  let asked: { readonly startedAt: number; readonly tookMs: number; readonly outcome: "hit" | "miss" | "failed" }[] = [];
  let stale = 0;
  const running = new Set<Promise<void>>();

  async function ask(orchestrator: Orchestrator, number: number): Promise<void> {
    const startedAt = performance.now();
    const reachedBy = startedAt - (orchestrator === first ? 0 : reachesOthersMs);
    const wanted = done.findLast(({ at }) => at <= reachedBy)?.version ?? 0;
    try {
      const { text, cached } = await orchestrator.query({ text: `Describe harbour number ${number}`, options: { type: "simple" } });
      if (Number(text.split(" ")[1]) < wanted) stale++;
      asked.push({ startedAt, tookMs: performance.now() - startedAt, outcome: cached === "none" ? "miss" : "hit" });
    } catch {
      asked.push({ startedAt, tookMs: performance.now() - startedAt, outcome: "failed" });
    }
  }

  const load = setInterval(() => {
    for (let i = 0; i < perSecond / 100; i++) {
      const query = ask(i % 2 === 0 ? first : second, Math.floor(Math.random() * questions));
      running.add(query);
      void query.finally(() => running.delete(query));
    }
  }, 10);
  const changes = setInterval(() => {
    const next = ++version;
    void first.invalidate({ tenant: "default" }).then(() => done.push({ version: next, at: performance.now() }));
  }, 700);

  async function phase(name: string, begin: () => Promise<void> | void): Promise<PhaseFigures> {
    asked = [];
    const startedAt = performance.now();
    await begin();
    await pause(phaseMs - (performance.now() - startedAt));
    const seen = asked;
    const times = seen.filter((each) => each.startedAt - startedAt >= 1_000).map(({ tookMs }) => tookMs);
    const sorted = times.toSorted((a, b) => a - b);
    const count = (outcome: string): number => seen.filter((each) => each.outcome === outcome).length;
    const figures = { queries: seen.length, failed: count("failed"), hits: count("hit") };
    return { phase: name, ...figures, p50Ms: quantile(sorted, 0.5), p99Ms: quantile(sorted, 0.99) };
  }

  await pause(1_000);
  const phases = [
    await phase("Redis runs", () => {}),
    await phase("killed (-9)", server.kill),
    await phase("started again, empty", server.start),
    await phase("paused", server.pause),
    await phase("goes on", server.resume),
    await phase("paused once more", server.pause),
    await phase("killed and started empty at once", async () => {
      await server.kill();
      await server.start();
    }),
  ];
  clearInterval(load);
  clearInterval(changes);
  await Promise.all(running);
  await Promise.all([first.close(), second.close()]);
  await server.remove();
  return { phases, invalidations: done.length, stale };
}
