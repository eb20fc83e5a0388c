import { describe, expect, it } from "vitest";
import { type ConformanceCase, runCase } from "../../src/testing/conformance.ts";
import {
  cacheConformance,
  cacheStoreConformance,
  embedderConformance,
  eventBusConformance,
  eventLogConformance,
  providerConformance,
  stateStoreConformance,
  toolSourceConformance,
  vectorIndexConformance,
  workQueueConformance,
} from "../../src/testing/index.ts";
import { clausesOf, isCaseOf } from "./clauses.ts";
import { wrongCacheStores } from "./wrong/cache-store.ts";
import { wrongCaches } from "./wrong/cache.ts";
import { wrongEmbedders } from "./wrong/embedder.ts";
import { wrongEventBuses } from "./wrong/event-bus.ts";
import { wrongEventLogs } from "./wrong/event-log.ts";
import { wrongProviders } from "./wrong/provider.ts";
import { wrongStateStores } from "./wrong/state-store.ts";
import { wrongToolSources } from "./wrong/tool-source.ts";
import { wrongVectorIndexes } from "./wrong/vector-index.ts";
import { wrongWorkQueues } from "./wrong/work-queue.ts";
import type { Wrong } from "./wrong/wrong.ts";

/** Right adapters need a small part of this; a wrong one that never does what it must costs all of it. */
const limitMs = 400;

/** True when a case of the broken clause fails. */
async function isCaught<Subject extends object>(
  { clause, create }: Wrong<Subject>,
  clauses: readonly string[],
  cases: readonly ConformanceCase<Subject>[],
): Promise<boolean> {
  const named = cases.filter((each) => isCaseOf(clauses[clause - 1] ?? "", each.name));
  const outcomes = await Promise.allSettled(named.map((each) => runCase(each, { create, destroy: () => {}, limitMs })));
  return outcomes.some((outcome) => outcome.status === "rejected");
}

function catches<Subject extends object>(port: string, cases: readonly ConformanceCase<Subject>[], wrong: readonly Wrong<Subject>[]): void {
  it(`${port}: every wrong adapter is caught by the case named for what it breaks`, async () => {
    const clauses = clausesOf(port);
    const running: Promise<boolean>[] = [];
    for (const each of wrong) {
      running.push(isCaught(each, clauses, cases));
      // What runs at once must not keep the timers of its neighbours waiting.
      await new Promise(setImmediate);
    }
    const caught = await Promise.all(running);
    const missed: string[] = [];
    for (const [index, each] of wrong.entries()) {
      // A machine that stalls for longer than a time to live can hide a fault of timing: the missed get a second chance, alone.
      if (caught[index] !== true && !(await isCaught(each, clauses, cases))) missed.push(`${each.clause}: ${each.does}`);
    }
    console.log(`${port}: ${wrong.length - missed.length} of ${wrong.length} wrong adapters caught`);
    expect(missed).toEqual([]);
    expect(wrong.length).toBeGreaterThanOrEqual(20);
    const untried = clauses.filter((_, index) => !wrong.some((each) => each.clause === index + 1));
    expect(untried, "clauses that no wrong adapter breaks").toEqual([]);
  });
}

describe.concurrent("the kits catch adapters that are wrong on purpose", () => {
  catches("cache-store", cacheStoreConformance, wrongCacheStores);
  catches("state-store", stateStoreConformance, wrongStateStores);
  catches("event-log", eventLogConformance, wrongEventLogs);
  catches("event-bus", eventBusConformance, wrongEventBuses);
  catches("work-queue", workQueueConformance, wrongWorkQueues);
  catches("provider", providerConformance, wrongProviders);
  catches("embedder", embedderConformance, wrongEmbedders);
  catches("vector-index", vectorIndexConformance, wrongVectorIndexes);
  catches("tool-source", toolSourceConformance, wrongToolSources);
  catches("cache", cacheConformance, wrongCaches);
});
