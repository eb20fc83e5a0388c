import assert from "node:assert/strict";
import { isOrchestratorError } from "../errors.ts";
import type { EventLog, LoggedEvent, ReadOptions } from "../ports/event-log.ts";
import type { OrchestratorEvent } from "../ports/event.ts";
import type { ConformanceCase } from "./conformance.ts";
import { closesTwice, confusableKeys, outcomeOf, rejectsWhenAborted, rejectsWithCode } from "./expectations.ts";
import { sampleEvent } from "./sample-event.ts";

async function readAll(log: EventLog, stream: string, options?: ReadOptions): Promise<readonly LoggedEvent[]> {
  const events: LoggedEvent[] = [];
  for await (const event of log.read(stream, options)) events.push(event);
  return events;
}

/** The whole stream must be these events, unchanged, with versions from 1. */
async function holds(log: EventLog, stream: string, events: readonly OrchestratorEvent[]): Promise<void> {
  const expected = events.map((event, index) => ({ ...event, stream, version: index + 1 }));
  assert.deepEqual(await readAll(log, stream), expected, `the stream ${JSON.stringify(stream)}`);
}

const sampleEvents = (count: number): OrchestratorEvent[] => Array.from({ length: count }, (_, index) => sampleEvent({ data: { index } }));

/** The contract of `EventLog`, one case or more a clause. */
export const eventLogConformance: readonly ConformanceCase<EventLog>[] = [
  {
    name: "`append` answers the version of the last event written",
    run: async (log) => {
      assert.equal(await log.append("s", sampleEvents(1)), 1);
      assert.equal(await log.append("s", sampleEvents(3)), 4);
      assert.equal(await log.append("s", sampleEvents(1)), 5);
      assert.equal(await log.append("other", sampleEvents(2)), 2);
    },
  },
  {
    name: "`read` yields the events of a stream in the order of their versions, from 1, without gaps",
    run: async (log) => {
      const events = [
        ...sampleEvents(12),
        sampleEvent({ type: "workflow.step.completed", tenant: "t", correlationid: "c", data: null }),
        sampleEvent({ subject: "another", source: "/x", data: [] }),
      ];
      await log.append("s", events.slice(0, 5));
      for (const event of events.slice(5)) await log.append("s", [event]);
      await holds(log, "s", events);
      await holds(log, "s", events);
    },
  },
  {
    name: "`read` yields the events of a stream in the order of their versions, from 1, without gaps: after appends at once",
    run: async (log) => {
      const versions = await Promise.all(sampleEvents(20).map((event) => log.append("s", [event])));
      const expected = Array.from({ length: 20 }, (_, index) => index + 1);
      assert.deepEqual(
        versions.toSorted((a, b) => a - b),
        expected,
      );
      const read = await readAll(log, "s");
      assert.deepEqual(
        read.map((event) => event.version),
        expected,
      );
      assert.equal(new Set(read.map((event) => event.id)).size, 20);
    },
  },
  {
    name: "`read` with `from` starts at that version",
    run: async (log) => {
      const events = sampleEvents(5);
      await log.append("s", events);
      for (const from of [1, 3, 5, 6, 99]) {
        const read = await readAll(log, "s", { from });
        const expected = events.map((event, index) => ({ ...event, stream: "s", version: index + 1 })).slice(from - 1);
        assert.deepEqual(read, expected, `from ${from}`);
      }
    },
  },
  {
    name: "Reading a stream that does not exist yields nothing",
    run: async (log) => {
      assert.deepEqual(await readAll(log, "never"), []);
      assert.deepEqual(await readAll(log, "never", { from: 7 }), []);
      assert.equal(await log.append("never", sampleEvents(1), { expectedVersion: 0 }), 1);
    },
  },
  {
    name: "`append` with the current `expectedVersion` writes",
    run: async (log) => {
      const events = sampleEvents(4);
      assert.equal(await log.append("s", events.slice(0, 1), { expectedVersion: 0 }), 1);
      assert.equal(await log.append("s", events.slice(1, 3), { expectedVersion: 1 }), 3);
      assert.equal(await log.append("s", events.slice(3), { expectedVersion: 3 }), 4);
      await holds(log, "s", events);
    },
  },
  {
    name: "`append` with another `expectedVersion` rejects with `VERSION_CONFLICT` and writes nothing",
    run: async (log) => {
      const events = sampleEvents(2);
      await log.append("s", events);
      for (const expectedVersion of [0, 1, 3, 99])
        await rejectsWithCode(log.append("s", sampleEvents(1), { expectedVersion }), "VERSION_CONFLICT");
      await rejectsWithCode(log.append("empty", sampleEvents(1), { expectedVersion: 1 }), "VERSION_CONFLICT");
      await holds(log, "s", events);
      await holds(log, "empty", []);
    },
  },
  {
    name: "`append` with another `expectedVersion` rejects with `VERSION_CONFLICT` and writes nothing: the same event may be appended afterwards",
    run: async (log) => {
      const event = sampleEvent();
      await rejectsWithCode(log.append("s", [event], { expectedVersion: 5 }), "VERSION_CONFLICT");
      assert.equal(await log.append("s", [event], { expectedVersion: 0 }), 1);
      await holds(log, "s", [event]);
    },
  },
  {
    name: "Several events in one `append` are written together or not at all",
    run: async (log) => {
      const batches = Array.from({ length: 6 }, (_, batch) => Array.from({ length: 4 }, () => sampleEvent({ data: batch })));
      await Promise.all(batches.map((batch) => log.append("s", batch)));
      const read = await readAll(log, "s");
      assert.equal(read.length, 24);
      for (let index = 0; index < 24; index += 4) {
        const ids = read.slice(index, index + 4).map((event) => event.id);
        assert.ok(
          batches.some((batch) => batch.every((event, at) => event.id === ids[at])),
          "the events of one append are not side by side in their order",
        );
      }
    },
  },
  {
    name: "Several events in one `append` are written together or not at all: when one of them is refused",
    run: async (log) => {
      // A bigint has no JSON, so no adapter can store the second event.
      const impossible = sampleEvent({ data: 1n as never });
      const outcome = await outcomeOf(log.append("s", [sampleEvent(), impossible, sampleEvent()]));
      assert.ok("error" in outcome, "an event that is not JSON was accepted");
      await holds(log, "s", []);
      assert.equal(await log.append("s", sampleEvents(1), { expectedVersion: 0 }), 1);
    },
  },
  {
    name: "An event whose id the stream already holds is not written again; an append of only such events succeeds, whatever its `expectedVersion`",
    run: async (log) => {
      const events = sampleEvents(2);
      await log.append("s", events, { expectedVersion: 0 });
      await log.append("s", events.slice(1));
      await log.append("s", events);
      await log.append("s", events, { expectedVersion: 0 });
      await holds(log, "s", events);
    },
  },
  {
    name: "An event whose id the stream already holds is not written again; an append of only such events succeeds, whatever its `expectedVersion`: new events beside known ones are written",
    run: async (log) => {
      const [first, second, third] = sampleEvents(3) as [OrchestratorEvent, OrchestratorEvent, OrchestratorEvent];
      await log.append("s", [first, second]);
      await log.append("s", [second, third, third]);
      await holds(log, "s", [first, second, third]);
      assert.equal(await log.append("other", [first]), 1);
      await holds(log, "other", [first]);
    },
  },
  {
    name: "Of many appends at once with the same `expectedVersion`, exactly one succeeds",
    run: async (log) => {
      for (const expectedVersion of [0, 1]) {
        const events = sampleEvents(12);
        const outcomes = await Promise.all(events.map((event) => outcomeOf(log.append("s", [event], { expectedVersion }))));
        const winners = events.filter((_, index) => "value" in (outcomes[index] ?? {}));
        assert.equal(winners.length, 1, `${winners.length} of 12 appends over version ${expectedVersion} succeeded`);
        for (const outcome of outcomes)
          assert.ok("value" in outcome || isOrchestratorError(outcome.error, "VERSION_CONFLICT"), "a loser got another error");
        const read = await readAll(log, "s");
        assert.deepEqual(
          read.slice(expectedVersion).map((event) => event.id),
          winners.map((event) => event.id),
        );
      }
    },
  },
  {
    name: "Streams do not see each other's events",
    run: async (log) => {
      const events = sampleEvents(confusableKeys.length);
      const named = confusableKeys.map((stream, index) => ({ stream, event: events[index] as OrchestratorEvent }));
      const appends = named.map(async ({ stream, event }) =>
        assert.equal(await log.append(stream, [event], { expectedVersion: 0 }), 1, JSON.stringify(stream)),
      );
      await Promise.all(appends);
      await Promise.all(named.map(({ stream, event }) => holds(log, stream, [event])));
    },
  },
  {
    name: "What the caller does to an event afterwards does not change the stored one",
    run: async (log) => {
      const event = sampleEvent({ data: { list: [1] } });
      const original = structuredClone(event);
      const appending = log.append("s", [event]);
      Reflect.set(event, "type", "changed");
      await appending;
      (event.data as { list: number[] }).list.push(2);
      await holds(log, "s", [original]);
      const [read] = await readAll(log, "s");
      // Reflect answers false instead of throwing where a log hands out frozen events.
      assert.ok(read !== undefined);
      Reflect.set(read, "type", "changed");
      Reflect.set((read.data as { list: number[] }).list, 0, 99);
      await holds(log, "s", [original]);
    },
  },
  {
    name: "An aborted call rejects with the signal's reason",
    run: async (log) => {
      await log.append("s", sampleEvents(1));
      await rejectsWhenAborted((signal) => log.append("s", sampleEvents(1), { signal }));
      await rejectsWhenAborted((signal) => readAll(log, "s", { signal }));
      assert.equal((await readAll(log, "s")).length, 1);
    },
  },
  {
    name: "An aborted call rejects with the signal's reason: in the middle of a read",
    run: async (log) => {
      await log.append("s", sampleEvents(3));
      const caller = new AbortController();
      const reason = new Error("the caller gave up");
      const reader = log.read("s", { signal: caller.signal })[Symbol.asyncIterator]();
      assert.equal((await reader.next()).done, false);
      caller.abort(reason);
      const outcome = await outcomeOf(reader.next());
      assert.ok("error" in outcome && outcome.error === reason, "reading went on after the signal was aborted");
    },
  },
  { name: "`close` may be called twice", run: closesTwice },
];
