import { describe, expect, it } from "vitest";
import { memoryEventLog } from "../../src/memory/event-log.ts";
import type { EventLog } from "../../src/ports/event-log.ts";
import { sampleEvent } from "../../src/testing/index.ts";

async function versions(log: EventLog, stream: string): Promise<readonly number[]> {
  const read: number[] = [];
  for await (const event of log.read(stream)) read.push(event.version);
  return read;
}

const events = (count: number) => Array.from({ length: count }, () => sampleEvent());

describe("memoryEventLog", () => {
  it("refuses what a stream has no room for, whole, and takes what fits", async () => {
    const log = memoryEventLog({ maxEventsPerStream: 3 });
    await log.append("s", events(2));
    await expect(log.append("s", events(2))).rejects.toMatchObject({ code: "STORE_FULL" });
    expect(await versions(log, "s")).toEqual([1, 2]);
    expect(await log.append("s", events(1))).toBe(3);
  });

  it("makes room for new events by forgetting the streams appended to longest ago, each as a whole", async () => {
    const log = memoryEventLog({ maxEvents: 6 });
    for (const stream of ["a", "b", "c"]) await log.append(stream, events(2));
    await log.append("a", events(1));
    expect(await versions(log, "a")).toEqual([1, 2, 3]);
    expect(await versions(log, "b")).toEqual([]);
    expect(await versions(log, "c")).toEqual([1, 2]);
    await log.append("d", events(3));
    expect(await versions(log, "c")).toEqual([]);
    expect(await versions(log, "a")).toEqual([1, 2, 3]);
    await expect(log.append("a", events(1), { expectedVersion: 2 })).rejects.toMatchObject({ code: "VERSION_CONFLICT" });
  });

  it("refuses what would not fit even alone, and forgets nothing for it", async () => {
    const log = memoryEventLog({ maxEvents: 4 });
    await log.append("a", events(2));
    await expect(log.append("b", events(5))).rejects.toMatchObject({ code: "STORE_FULL" });
    expect(await versions(log, "a")).toEqual([1, 2]);
  });

  it("a reader that appends what it reads comes to an end", async () => {
    const log = memoryEventLog();
    await log.append("s", events(3));
    for await (const { version } of log.read("s")) await log.append("s", [sampleEvent({ data: version })]);
    expect(await versions(log, "s")).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it("hands out events nobody can change", async () => {
    const log = memoryEventLog();
    await log.append("s", events(1));
    for await (const event of log.read("s")) {
      expect(Object.isFrozen(event)).toBe(true);
      expect(Object.isFrozen(event.data)).toBe(true);
    }
  });

  it("takes no calls after close", async () => {
    const log = memoryEventLog();
    await log.close?.();
    await expect(log.append("s", events(1))).rejects.toMatchObject({ code: "CLOSED" });
    await expect(versions(log, "s")).rejects.toMatchObject({ code: "CLOSED" });
  });
});
