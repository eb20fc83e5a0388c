import assert from "node:assert/strict";
import type { Delivery, EventBus, EventHandler, SubscribeOptions } from "../ports/event-bus.ts";
import type { OrchestratorEvent } from "../ports/event.ts";
import type { Subscription } from "../ports/call.ts";
import type { ConformanceCase } from "./conformance.ts";
import { closesTwice, confusableKeys, rejectsWhenAborted } from "./expectations.ts";
import { sampleEvent } from "./sample-event.ts";
import { eventually, eventuallyEqual, within } from "./waiting.ts";

interface Received extends Omit<Delivery, "signal"> {
  readonly event: OrchestratorEvent;
}

interface Recorder {
  readonly received: readonly Received[];
  readonly ids: () => readonly string[];
  readonly subscription: Subscription;
}

/** Subscribes and notes every delivery before the handler runs. */
async function record(bus: EventBus, pattern: string, options: SubscribeOptions = {}, handler?: EventHandler): Promise<Recorder> {
  const received: Received[] = [];
  const subscription = await bus.subscribe(
    pattern,
    (event, delivery) => {
      received.push({ event, sequence: delivery.sequence, attempt: delivery.attempt, replay: delivery.replay });
      return handler?.(event, delivery);
    },
    options,
  );
  return { received, ids: () => received.map(({ event }) => event.id), subscription };
}

async function publishAll(bus: EventBus, events: readonly OrchestratorEvent[]): Promise<void> {
  for (const event of events) await bus.publish(event);
}

const idsOf = (events: readonly OrchestratorEvent[]): readonly string[] => events.map((event) => event.id);

const got = (recorder: Recorder, events: readonly OrchestratorEvent[], limitMs: number, what: string): Promise<void> =>
  eventuallyEqual(recorder.ids, idsOf(events), limitMs, what);

const sampleEvents = (count: number, fields: Partial<OrchestratorEvent> = {}): OrchestratorEvent[] =>
  Array.from({ length: count }, () => sampleEvent(fields));

const ofTypes = (types: readonly string[]): OrchestratorEvent[] => types.map((type) => sampleEvent({ type }));

/** A moment that is later than everything stored so far and earlier than everything stored afterwards. */
async function momentBetween(): Promise<string> {
  const before = Date.now();
  await eventually(() => Date.now() > before + 5, 1_000, "the clock goes on");
  const moment = Date.now();
  await eventually(() => Date.now() > moment + 5, 1_000, "the clock goes on");
  return new Date(moment).toISOString();
}

/** The contract of `EventBus`, one case or more a clause. */
export const eventBusConformance: readonly ConformanceCase<EventBus>[] = [
  {
    name: "A subscriber gets every event published after `subscribe` resolved whose type fits the pattern",
    run: async (bus, limitMs) => {
      const types = ["query.received", "query.answered", "workflow.started", "workflow.step.completed", "workflow.step.tool.called"];
      const fitting: Readonly<Record<string, readonly string[]>> = {
        "query.answered": ["query.answered"],
        "query.*": ["query.received", "query.answered"],
        "*.started": ["workflow.started"],
        "workflow.*.completed": ["workflow.step.completed"],
        "workflow.>": ["workflow.started", "workflow.step.completed", "workflow.step.tool.called"],
        ">": types,
      };
      const events = ofTypes(types);
      const recorders = await Promise.all(Object.keys(fitting).map(async (pattern) => ({ pattern, recorder: await record(bus, pattern) })));
      await publishAll(bus, events);
      for (const { pattern, recorder } of recorders) {
        const expected = events.filter((event) => fitting[pattern]?.includes(event.type));
        await got(recorder, expected, limitMs, `a subscriber of ${pattern} gets its events`);
      }
    },
  },
  {
    name: "A subscriber gets every event published after `subscribe` resolved whose type fits the pattern: unchanged, whatever its subject",
    run: async (bus, limitMs) => {
      const recorder = await record(bus, ">");
      const events = [
        sampleEvent({ tenant: "t", correlationid: "c" }),
        ...confusableKeys.map((subject) => sampleEvent({ subject, data: null })),
      ];
      await publishAll(bus, events);
      const byId = (a: OrchestratorEvent, b: OrchestratorEvent): number => (a.id < b.id ? -1 : 1);
      const received = (): readonly OrchestratorEvent[] => recorder.received.map(({ event }) => event).toSorted(byId);
      await eventuallyEqual(received, events.toSorted(byId), limitMs, "every event arrives as it was published");
      assert.ok(
        recorder.received.every(({ replay, attempt }) => !replay && attempt === 1),
        "a new event is no replay and on its first attempt",
      );
    },
  },
  {
    name: "A subscriber gets every event published after `subscribe` resolved whose type fits the pattern: an event without a subject",
    run: async (bus, limitMs) => {
      const recorder = await record(bus, "query.*");
      const { subject: _, ...event } = sampleEvent();
      await bus.publish(event);
      await eventuallyEqual(() => recorder.received.map((each) => each.event), [event], limitMs, "the event arrives");
    },
  },
  {
    name: "A subscriber does not get events whose type does not fit",
    run: async (bus, limitMs) => {
      const types = [
        "query",
        "queryx.answered",
        "query.step",
        "xquery.answered",
        "Query.answered",
        "queryanswered",
        "query.step.done",
        "last.a.b",
      ];
      const fitting: Readonly<Record<string, readonly string[]>> = {
        "query.*": ["query.step"],
        "query.answered": [],
        "query.>": ["query.step", "query.step.done"],
        "*.*.done": ["query.step.done"],
        "*": ["query", "queryanswered"],
      };
      const events = ofTypes(types);
      const recorders: [string, Recorder][] = [];
      for (const pattern of Object.keys(fitting)) recorders.push([pattern, await record(bus, pattern)]);
      const witness = await record(bus, "last.>");
      await publishAll(bus, events);
      await eventually(() => witness.received.length === 1, limitMs, "the last event arrives");
      for (const [pattern, recorder] of recorders) {
        const expected = events.filter((event) => fitting[pattern]?.includes(event.type));
        await eventually(() => recorder.received.length >= expected.length, limitMs, `a subscriber of ${pattern} gets its events`);
        assert.deepEqual(
          recorder.received.map(({ event }) => event.type),
          fitting[pattern],
          `a subscriber of ${pattern}`,
        );
      }
    },
  },
  {
    name: "`publish` resolves once the event was accepted, and names the tier and whether it is durable",
    run: async (bus) => {
      const receipt = await bus.publish(sampleEvent());
      assert.ok(typeof receipt.tier === "string" && receipt.tier !== "", "the receipt names no tier");
      assert.equal(typeof receipt.durable, "boolean");
    },
  },
  {
    name: "`publish` resolves once the event was accepted, and names the tier and whether it is durable: it does not wait for handlers",
    run: async (bus, limitMs) => {
      const gate = Promise.withResolvers<void>();
      const recorder = await record(bus, ">", {}, () => gate.promise);
      try {
        await within(bus.publish(sampleEvent()), limitMs, "`publish` resolves while a handler runs");
        await eventually(() => recorder.received.length === 1, limitMs, "the handler was called");
        await within(bus.publish(sampleEvent({ subject: "other" })), limitMs, "`publish` resolves while a handler runs");
      } finally {
        gate.resolve();
      }
    },
  },
  {
    name: "Events of one subject arrive in the order they were published",
    run: async (bus, limitMs) => {
      const subjects = ["one", "two", "three"];
      const recorder = await record(bus, ">", {}, async ({ id }) => {
        // Some take longer than others, which must not let later ones overtake.
        for (let turns = id.charCodeAt(0) % 5; turns > 0; turns--) await new Promise(setImmediate);
      });
      const events = Array.from({ length: 45 }, (_, index) => sampleEvent({ subject: subjects[index % 3] }));
      await publishAll(bus, events);
      await eventually(() => recorder.received.length >= events.length, limitMs, "all events arrive");
      for (const subject of subjects) {
        const arrived = recorder.received.filter(({ event }) => event.subject === subject).map(({ event }) => event);
        assert.deepEqual(idsOf(arrived), idsOf(events.filter((event) => event.subject === subject)), `the events of ${subject}`);
      }
    },
  },
  {
    name: "Events of one subject arrive in the order they were published: a later one waits while an earlier one is tried again",
    run: async (bus, limitMs) => {
      const handled: string[] = [];
      const [first, second] = sampleEvents(2) as [OrchestratorEvent, OrchestratorEvent];
      await bus.subscribe(">", (event, { attempt }) => {
        if (event.id === first.id && attempt === 1) throw new Error("not yet");
        handled.push(event.id);
      });
      await publishAll(bus, [first, second]);
      await eventuallyEqual(() => handled, [first.id, second.id], limitMs, "the second event is handled after the first");
    },
  },
  {
    name: "An event id published twice is delivered once",
    run: async (bus, limitMs) => {
      const recorder = await record(bus, ">");
      const member = await record(bus, ">", { group: "g" });
      const [first, second, last, ...between] = sampleEvents(6) as [OrchestratorEvent, OrchestratorEvent, OrchestratorEvent];
      await publishAll(bus, [first, first, ...between, second]);
      await Promise.all([bus.publish(second), bus.publish(first), bus.publish({ ...first, data: "other" })]);
      await bus.publish(last);
      for (const each of [recorder, member]) {
        await eventually(() => each.ids().includes(last.id), limitMs, "the last event arrives");
        assert.deepEqual(each.ids(), idsOf([first, ...between, second, last]));
      }
    },
  },
  {
    name: "Every subscriber without a group gets every event",
    run: async (bus, limitMs) => {
      const recorders = await Promise.all([record(bus, ">"), record(bus, ">"), record(bus, "query.*"), record(bus, ">", { group: "g" })]);
      const events = sampleEvents(10);
      await publishAll(bus, events);
      for (const recorder of recorders) await got(recorder, events, limitMs, "every subscriber gets all ten events");
    },
  },
  {
    name: "Each event goes to one member of a group",
    run: async (bus, limitMs) => {
      const first = await Promise.all([record(bus, ">", { group: "first" }), record(bus, ">", { group: "first" })]);
      const second = await Promise.all([record(bus, ">", { group: "second" }), record(bus, ">", { group: "second" })]);
      const events = Array.from({ length: 24 }, (_, index) => sampleEvent({ subject: `subject-${index % 6}` }));
      await publishAll(bus, events);
      const idsOfGroup = (group: readonly Recorder[]): readonly string[] => group.flatMap((member) => member.ids());
      const complete = (count: number): boolean => [first, second].every((group) => new Set(idsOfGroup(group)).size >= count);
      await eventually(() => complete(events.length), limitMs, "each group gets every event");
      // One more round trip gives a second copy the time to show itself.
      await bus.publish(sampleEvent());
      await eventually(() => complete(events.length + 1), limitMs, "each group gets the last event");
      for (const group of [first, second])
        assert.equal(idsOfGroup(group).length, events.length + 1, "an event went to two members of a group");
    },
  },
  {
    name: "Each event goes to one member of a group: of those that have not left",
    run: async (bus, limitMs) => {
      const leaving = await record(bus, ">", { group: "g" });
      const staying = await record(bus, ">", { group: "g" });
      await leaving.subscription.close();
      const events = sampleEvents(6);
      await publishAll(bus, events);
      await got(staying, events, limitMs, "the remaining member gets every event");
      assert.deepEqual(leaving.ids(), []);
    },
  },
  {
    name: "A handler that throws is given the event again, with a higher `attempt`",
    run: async (bus, limitMs) => {
      const failing = (_: OrchestratorEvent, { attempt }: Delivery): void => {
        if (attempt === 1) throw new Error("not yet");
      };
      const sync = await record(bus, ">", {}, failing);
      const async = await record(bus, ">", {}, async (event, delivery) => failing(event, delivery));
      const member = await record(bus, ">", { group: "g" }, failing);
      const event = sampleEvent();
      await bus.publish(event);
      for (const recorder of [sync, async, member]) {
        await eventually(() => recorder.received.length >= 2, limitMs, "the event is delivered again");
        assert.deepEqual(
          recorder.received.map((each) => each.attempt),
          [1, 2],
        );
        assert.deepEqual(
          recorder.received.map((each) => each.event),
          [event, event],
        );
      }
    },
  },
  {
    name: "An event that keeps failing becomes a dead event with its cause, and the others go on",
    run: async (bus, limitMs) => {
      const [poison, next] = sampleEvents(2) as [OrchestratorEvent, OrchestratorEvent];
      const flaky = sampleEvent({ subject: "elsewhere" });
      const recorder = await record(bus, ">", {}, (event, { attempt }) => {
        if (event.id === poison.id) throw new Error("no, thanks");
        if (event.id === flaky.id && attempt === 1) throw new Error("not yet");
      });
      await publishAll(bus, [flaky, poison, next]);
      const countOf = ({ id }: OrchestratorEvent): number => recorder.ids().filter((each) => each === id).length;
      await eventually(() => countOf(next) === 1 && countOf(flaky) === 2, limitMs, "the other events are handled");
      await eventually(async () => (await bus.deadEvents()).length > 0, limitMs, "the event is dead");
      const [dead, ...more] = await bus.deadEvents();
      assert.deepEqual(more, []);
      assert.deepEqual(dead?.event, poison);
      assert.match(dead?.cause ?? "", /no, thanks/);
      assert.equal(dead?.attempts, countOf(poison));
    },
  },
  {
    name: "An event that keeps failing becomes a dead event with its cause, and the others go on: other subjects do not wait for it",
    run: async (bus, limitMs) => {
      const [poison, other] = [sampleEvent({ subject: "poison" }), sampleEvent({ subject: "other" })];
      let otherCame = false;
      let poisonTaken = false;
      await bus.subscribe(">", (event) => {
        if (event.id === other.id) otherCame = true;
        else if (otherCame) poisonTaken = true;
        else throw new Error("the other subject waits");
      });
      await publishAll(bus, [poison, other]);
      await eventually(() => poisonTaken, limitMs, "the other subject came between two attempts");
      assert.deepEqual(await bus.deadEvents(), []);
    },
  },
  {
    name: "`replayFrom` a sequence delivers the stored events from there, marked `replay`, before new ones",
    run: async (bus, limitMs) => {
      const live = await record(bus, ">");
      const events = [...sampleEvents(3), sampleEvent({ type: "workflow.started" }), sampleEvent()];
      await publishAll(bus, events);
      await got(live, events, limitMs, "the live subscriber gets all events");
      const sequences = live.received.map((each) => each.sequence);
      assert.ok(
        sequences.every((sequence, index) => index === 0 || sequence > (sequences[index - 1] ?? Infinity)),
        `sequences do not grow: ${sequences.join(", ")}`,
      );
      const late = await record(bus, "query.*", { replayFrom: { sequence: sequences[1] ?? 0 } });
      const fresh = sampleEvent();
      await bus.publish(fresh);
      const stored = events.slice(1).filter((event) => event.type.startsWith("query."));
      await got(late, [...stored, fresh], limitMs, "stored events come first, then the new one");
      assert.deepEqual(
        late.received.map((each) => each.replay),
        [...stored.map(() => true), false],
      );
      assert.ok(
        live.received.every((each) => !each.replay),
        "a live delivery is marked as replay",
      );
    },
  },
  {
    name: "`replayFrom` a time delivers the events stored from then on, marked `replay`",
    run: async (bus, limitMs) => {
      const [before, after, fresh] = sampleEvents(3) as [OrchestratorEvent, OrchestratorEvent, OrchestratorEvent];
      await bus.publish(before);
      const time = await momentBetween();
      await bus.publish(after);
      const late = await record(bus, ">", { replayFrom: { time } });
      await eventually(() => late.received.length > 0, limitMs, "the stored event arrives");
      await bus.publish(fresh);
      await got(late, [after, fresh], limitMs, "what was stored from then on arrives, then the new event");
      assert.deepEqual(
        late.received.map((each) => each.replay),
        [true, false],
      );
    },
  },
  {
    name: "After `close` of a subscription its handler is not called again",
    run: async (bus, limitMs) => {
      const closed = await record(bus, ">");
      const witness = await record(bus, ">");
      const [first, second, third] = sampleEvents(3) as [OrchestratorEvent, OrchestratorEvent, OrchestratorEvent];
      await bus.publish(first);
      await got(closed, [first], limitMs, "the first event arrives");
      await closed.subscription.close();
      await closed.subscription.close();
      await publishAll(bus, [second, third]);
      await got(witness, [first, second, third], limitMs, "the other subscriber gets all events");
      assert.deepEqual(closed.ids(), [first.id]);
    },
  },
  {
    name: "After `close` of a subscription its handler is not called again: not even for an event that failed before",
    run: async (bus, limitMs) => {
      const closed = await record(bus, ">", {}, () => {
        throw new Error("no");
      });
      const witness = await record(bus, ">", {}, (_, { attempt }) => {
        if (attempt < 3) throw new Error("twice more");
      });
      await bus.publish(sampleEvent());
      await eventually(() => closed.received.length > 0, limitMs, "the event arrives");
      await closed.subscription.close();
      const calls = closed.received.length;
      await eventually(() => witness.received.length >= 3, limitMs, "the other subscriber gets its third attempt");
      assert.equal(closed.received.length, calls);
    },
  },
  {
    name: "After `close` of a subscription its handler is not called again: and `close` waits for the one in flight",
    run: async (bus, limitMs) => {
      const gate = Promise.withResolvers<void>();
      let ended = false;
      const slow = await record(bus, ">", {}, async () => {
        await gate.promise;
        await new Promise(setImmediate);
        ended = true;
      });
      await bus.publish(sampleEvent());
      await eventually(() => slow.received.length === 1, limitMs, "the handler was called");
      const closing = slow.subscription.close().then(() => ended);
      gate.resolve();
      assert.equal(await within(closing, limitMs, "`close` resolves after the handler"), true, "`close` resolved before the handler ended");
    },
  },
  {
    name: "A throwing handler does not disturb other subscribers or the publisher",
    run: async (bus, limitMs) => {
      await bus.subscribe(">", () => {
        throw new Error("thrown at once");
      });
      await bus.subscribe(">", () => Promise.reject(new Error("rejected later")));
      const well = await record(bus, ">");
      const events = sampleEvents(5);
      await publishAll(bus, events);
      await got(well, events, limitMs, "the other subscriber gets all events");
      assert.ok(
        well.received.every((each) => each.attempt === 1),
        "another's failure made an event come twice",
      );
    },
  },
  {
    name: "An aborted publish rejects with the signal's reason",
    run: async (bus, limitMs) => {
      const recorder = await record(bus, ">");
      const [aborted, last] = sampleEvents(2) as [OrchestratorEvent, OrchestratorEvent];
      await rejectsWhenAborted((signal) => bus.publish(aborted, { signal }));
      await bus.publish(last);
      await got(recorder, [last], limitMs, "only the event that was not aborted arrives");
    },
  },
  {
    name: "`close` may be called twice",
    run: async (bus) => {
      await bus.subscribe(">", () => {});
      await bus.publish(sampleEvent());
      await closesTwice(bus);
    },
  },
];
