// Run by exit.test.ts: must end by itself after it printed.
import { memoryCacheStore } from "../../src/memory/cache-store.ts";
import { memoryEventBus } from "../../src/memory/event-bus.ts";
import { memoryEventLog } from "../../src/memory/event-log.ts";
import { memoryStateStore } from "../../src/memory/state-store.ts";
import { memoryWorkQueue } from "../../src/memory/work-queue.ts";
import { sampleEvent } from "../../src/testing/index.ts";

const hour = 3_600_000;
const cache = memoryCacheStore();
const state = memoryStateStore();
const log = memoryEventLog();
const bus = memoryEventBus({ retryDelayMs: hour });
const queue = memoryWorkQueue({ retryDelayMs: hour });
const begun = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;

await cache.set("key", new Uint8Array(1), { ttlMs: hour });
await state.set("key", 1, { ttlMs: hour });
await log.append("stream", [sampleEvent()]);
await bus.subscribe(">", () => {
  begun[0].resolve();
  throw new Error("later");
});
await queue.consume(async () => {
  begun[1].resolve();
  throw new Error("later");
});
await bus.publish(sampleEvent());
await queue.enqueue(1, { id: "a" });
await Promise.all(begun.map(({ promise }) => promise));
await Promise.all([cache, state, log, bus, queue].map(async (adapter) => adapter.close?.()));
console.log("closed");
