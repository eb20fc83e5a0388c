// Every kit with the port whose clauses it tests and a right subject.
import { memoryCacheStore } from "../../src/memory/cache-store.ts";
import { memoryEventLog } from "../../src/memory/event-log.ts";
import { memoryStateStore } from "../../src/memory/state-store.ts";
import { memoryVectorIndex } from "../../src/memory/vector-index.ts";
import {
  type ConformanceCase,
  type It,
  cacheConformance,
  cacheStoreConformance,
  embedderConformance,
  eventBusConformance,
  eventLogConformance,
  providerConformance,
  runConformance,
  stateStoreConformance,
  toolSourceConformance,
  vectorIndexConformance,
  workQueueConformance,
} from "../../src/testing/index.ts";
import { cacheSubject, letterEmbedder, quickEventBus, quickWorkQueue, scriptedSubject, toolSubject } from "./subjects.ts";

export interface Kit {
  /** The file of the port, without its ending. */
  readonly port: string;
  readonly caseNames: readonly string[];
  readonly run: (it: It) => void;
}

const kit = <Subject extends object>(port: string, cases: readonly ConformanceCase<Subject>[], create: () => Subject): Kit => ({
  port,
  caseNames: cases.map((each) => each.name),
  run: (it) => runConformance(cases, it, { create }),
});

export const kits: readonly Kit[] = [
  kit("cache-store", cacheStoreConformance, () => memoryCacheStore()),
  kit("state-store", stateStoreConformance, () => memoryStateStore()),
  kit("event-log", eventLogConformance, () => memoryEventLog()),
  kit("event-bus", eventBusConformance, quickEventBus),
  kit("work-queue", workQueueConformance, quickWorkQueue),
  kit("provider", providerConformance, scriptedSubject),
  kit("embedder", embedderConformance, () => letterEmbedder()),
  kit("vector-index", vectorIndexConformance, () => memoryVectorIndex({ dimensions: 8 })),
  kit("tool-source", toolSourceConformance, toolSubject),
  kit("cache", cacheConformance, cacheSubject),
];
