export { runConformance, type ConformanceCase, type ConformanceOptions, type It } from "./conformance.ts";
export { cacheStoreConformance } from "./cache-store-conformance.ts";
export { eventBusConformance } from "./event-bus-conformance.ts";
export { eventLogConformance } from "./event-log-conformance.ts";
export { sampleEvent } from "./sample-event.ts";
export { stateStoreConformance } from "./state-store-conformance.ts";
export { workQueueConformance } from "./work-queue-conformance.ts";
