import { memoryEventBus } from "../../../src/memory/event-bus.ts";
import type { DeadEvent, Delivery, EventBus, EventHandler, SubscribeOptions } from "../../../src/ports/event-bus.ts";
import type { OrchestratorEvent } from "../../../src/ports/event.ts";
import { quickEventBus } from "../subjects.ts";
import { closesOnce, forever, wrongly } from "./wrong.ts";

const wrong = wrongly<EventBus>(quickEventBus);

type Next = (event: OrchestratorEvent, delivery: Delivery) => Promise<void>;

/** Stands between the bus and every handler. */
const between = (
  right: EventBus,
  deliver: (event: OrchestratorEvent, delivery: Delivery, next: Next) => Promise<void> | void,
): Partial<EventBus> => ({
  subscribe: (pattern, handler, options) =>
    right.subscribe(pattern, (event, delivery) => deliver(event, delivery, async (...args) => handler(...args)), options),
});

/** Gets everything and lets through what this says. */
const matching = (right: EventBus, fits: (pattern: string, type: string) => boolean): Partial<EventBus> => ({
  subscribe: (pattern, handler, options) =>
    right.subscribe(">", (event, delivery) => (fits(pattern, event.type) ? handler(event, delivery) : undefined), options),
});

const subscribing = (
  right: EventBus,
  change: (options: SubscribeOptions, handler: EventHandler) => readonly [SubscribeOptions, EventHandler],
): Partial<EventBus> => ({
  subscribe: (pattern, handler, options = {}) => {
    const [newOptions, newHandler] = change(options, handler);
    return right.subscribe(pattern, newHandler, newOptions);
  },
});

const publishing = (right: EventBus, change: (event: OrchestratorEvent) => OrchestratorEvent): Partial<EventBus> => ({
  publish: (event, options) => right.publish(change(event), options),
});

/** The pattern as somebody writes it who forgets to escape. */
const careless = (pattern: string): string => pattern.replaceAll("*", "[^.]*").replace(/>$/, ".*");

/** A bus whose events all have one subject on the way. */
function oneSubject(right: EventBus): Partial<EventBus> {
  const originals = new Map<string, OrchestratorEvent>();
  return {
    ...publishing(right, (event) => {
      originals.set(event.id, event);
      return { ...event, subject: "one" };
    }),
    ...between(right, (event, delivery, next) => next(originals.get(event.id) ?? event, delivery)),
  };
}

/** Gives every publication an id of its own, so that the right bus does not see that it is a second one. */
function undeduplicated(right: EventBus, idOf: (event: OrchestratorEvent, count: number) => string): Partial<EventBus> {
  let count = 0;
  return {
    ...publishing(right, (event) => ({ ...event, id: `${event.id}#${idOf(event, ++count)}` })),
    ...between(right, (event, delivery, next) => next({ ...event, id: event.id.split("#")[0] ?? "" }, delivery)),
  };
}

/** The handler of a subscription with something that is done at its end. */
const leaving = (right: EventBus, close: (real: () => Promise<void>) => Promise<void>): Partial<EventBus> => ({
  subscribe: async (pattern, handler, options) => {
    const subscription = await right.subscribe(pattern, handler, options);
    const end = (): Promise<void> => close(subscription.close);
    return { close: end, [Symbol.asyncDispose]: end };
  },
});

export const wrongEventBuses = [
  wrong(1, "loses every third event", (right) => {
    let count = 0;
    return { publish: async (event, options) => (++count % 3 === 0 ? { tier: "memory", durable: false } : right.publish(event, options)) };
  }),
  wrong(1, "knows no `*`", (right) => matching(right, (pattern, type) => pattern === ">" || pattern === type)),
  wrong(1, "takes a final `>` for one word", (right) =>
    matching(right, (pattern, type) => new RegExp(`^${pattern.replaceAll("*", "[^.]+").replace(/>$/, "[^.]+")}$`).test(type)),
  ),
  wrong(1, "loses fields it does not know", (right) =>
    between(right, (event, delivery, next) => next({ ...event, tenant: undefined }, delivery)),
  ),
  wrong(1, "loses events whose subject has a space", (right) =>
    between(right, (event, delivery, next) => (event.subject?.includes(" ") ? undefined : next(event, delivery))),
  ),
  wrong(1, "splits subjects at dots", (right) =>
    between(right, (event, delivery, next) => next({ ...event, subject: event.subject?.split(".")[0] }, delivery)),
  ),
  wrong(1, "loses events without a subject", (right) =>
    between(right, (event, delivery, next) => (event.subject === undefined ? undefined : next(event, delivery))),
  ),
  wrong(1, "begins only after the first event", (right) => {
    const subjects = new Set<string>();
    return between(right, (event, delivery, next) => {
      if (subjects.size > 0) return next(event, delivery);
      subjects.add(event.id);
      return undefined;
    });
  }),
  wrong(2, "takes a dot for any character", (right) => matching(right, (pattern, type) => new RegExp(`^${careless(pattern)}$`).test(type))),
  wrong(2, "delivers everything", (right) => matching(right, () => true)),
  wrong(2, "compares beginnings", (right) => matching(right, (pattern, type) => type.startsWith(pattern.split(/[*>]/)[0] ?? ""))),
  wrong(2, "compares ends", (right) => matching(right, (pattern, type) => type.endsWith(pattern.split(/[*>]/).at(-1) ?? ""))),
  wrong(2, "ignores case", (right) => {
    const fits = (pattern: string, type: string): boolean =>
      new RegExp(`^${careless(pattern).replaceAll(".", "\\.").replaceAll("[^\\.]", "[^.]")}$`, "i").test(type);
    return matching(right, fits);
  }),
  wrong(2, "takes `*` for several words", (right) =>
    matching(right, (pattern, type) =>
      new RegExp(`^${pattern.replaceAll(".", "\\.").replaceAll("*", ".+").replace(/>$/, ".+")}$`).test(type),
    ),
  ),
  wrong(2, "takes a final `>` for no word, too", (right) => ({
    subscribe: async (pattern, handler, options) => {
      if (pattern.endsWith(".>")) await right.subscribe(pattern.slice(0, -2), handler, options);
      return right.subscribe(pattern, handler, options);
    },
  })),
  wrong(3, "answers nothing", ({ publish }) => ({ publish: async (...args) => (await publish(...args), undefined as never) })),
  wrong(3, "names no tier", ({ publish }) => ({ publish: async (...args) => ({ ...(await publish(...args)), tier: "" }) })),
  wrong(3, "does not say whether it is durable", ({ publish }) => ({
    publish: async (...args) => ({ tier: (await publish(...args)).tier }) as never,
  })),
  wrong(3, "`publish` waits for the handlers", (right) => {
    let busy: Promise<void> = Promise.resolve();
    return {
      publish: async (event, options) => {
        const receipt = await right.publish(event, options);
        await new Promise(setImmediate);
        await busy;
        return receipt;
      },
      ...between(right, (event, delivery, next) => {
        busy = next(event, delivery);
        return busy;
      }),
    };
  }),
  wrong(4, "swaps two neighbours", (right) => {
    let held: (() => Promise<unknown>) | undefined;
    return {
      publish: async (event, options) => {
        if (held === undefined) {
          held = () => right.publish(event, options);
          return { tier: "memory", durable: false };
        }
        const receipt = await right.publish(event, options);
        await held();
        held = undefined;
        return receipt;
      },
    };
  }),
  wrong(4, "does not wait for the handler before the next event", (right) => {
    let count = 0;
    return between(right, (event, delivery, next) => {
      const turns = ++count % 3;
      const run = async (): Promise<void> => {
        for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
        await next(event, delivery);
      };
      run().catch(() => {});
    });
  }),
  wrong(4, "lets later events pass one that is tried again", (right) =>
    between(right, (event, delivery, next) => {
      const attempt = (count: number): void => {
        next(event, { ...delivery, attempt: count }).catch(() => setTimeout(() => attempt(count + 1), 5));
      };
      attempt(1);
    }),
  ),
  wrong(4, "delivers newest first", (right) => {
    const waiting: [OrchestratorEvent, Delivery, Next][] = [];
    return between(right, (...args) => {
      waiting.push(args);
      setTimeout(() => {
        const newest = waiting.pop();
        newest?.[2](newest[0], newest[1]).catch(() => {});
      }, 3);
    });
  }),
  wrong(5, "knows no duplicates", (right) => undeduplicated(right, (_, count) => String(count))),
  wrong(5, "tells events apart by their data", (right) => undeduplicated(right, (event) => JSON.stringify(event.data))),
  wrong(5, "remembers only the last ids", () => memoryEventBus({ dedupWindow: 1 })),
  wrong(5, "a second publication rejects", (right) => {
    const known = new Set<string>();
    return {
      publish: async (event, options) => {
        if (known.has(event.id)) throw new Error("a duplicate");
        known.add(event.id);
        return right.publish(event, options);
      },
    };
  }),
  wrong(6, "all subscribers share the events", (right) =>
    subscribing(right, (options, handler) => [{ ...options, group: options.group ?? "all" }, handler]),
  ),
  wrong(6, "a new subscriber takes another's place", (right) => {
    const handlers = new Map<string, EventHandler>();
    return {
      subscribe: (pattern, handler, options) => {
        handlers.set(pattern, handler);
        return right.subscribe(
          pattern,
          (event, delivery) => (handlers.get(pattern) === handler ? handler(event, delivery) : undefined),
          options,
        );
      },
    };
  }),
  wrong(6, "a group takes events away from the others", (right) => {
    let grouped = false;
    return subscribing(right, (options, handler) => {
      grouped ||= options.group !== undefined;
      return [options, (...args) => (grouped && options.group === undefined ? undefined : handler(...args))];
    });
  }),
  wrong(7, "every member gets every event", (right) =>
    subscribing(right, (options, handler) => [{ ...options, group: undefined }, handler]),
  ),
  wrong(7, "all groups are one", (right) =>
    subscribing(right, (options, handler) => [{ ...options, group: options.group === undefined ? undefined : "one" }, handler]),
  ),
  wrong(7, "a member that left still gets its share, and drops it", (right) => ({
    subscribe: async (pattern, handler, options) => {
      let left = false;
      await right.subscribe(pattern, (...args) => (left ? undefined : handler(...args)), options);
      const close = async (): Promise<void> => {
        left = true;
      };
      return { close, [Symbol.asyncDispose]: close };
    },
  })),
  wrong(8, "loses an event whose handler throws", (right) =>
    between(right, (event, delivery, next) => next(event, delivery).catch(() => {})),
  ),
  wrong(8, "does not count attempts", (right) => between(right, (event, delivery, next) => next(event, { ...delivery, attempt: 1 }))),
  wrong(8, "counts attempts from 0", (right) =>
    between(right, (event, delivery, next) => next(event, { ...delivery, attempt: delivery.attempt - 1 })),
  ),
  wrong(8, "sees only what is thrown at once", (right) =>
    subscribing(right, (options, handler) => [
      options,
      (...args) => {
        const running = handler(...args);
        running?.catch(() => {});
      },
    ]),
  ),
  wrong(8, "tries members of groups once", (right) =>
    subscribing(right, (options, handler) => [
      options,
      async (...args) => {
        try {
          await handler(...args);
        } catch (error) {
          if (options.group === undefined) throw error;
        }
      },
    ]),
  ),
  wrong(8, "changes the event between two attempts", (right) =>
    between(right, (event, delivery, next) => next(delivery.attempt > 1 ? { ...event, data: null } : event, delivery)),
  ),
  wrong(9, "knows no dead events", () => ({ deadEvents: async () => [] })),
  wrong(9, "tells no cause", ({ deadEvents }) => ({
    deadEvents: async () => (await deadEvents()).map((dead) => ({ ...dead, cause: "" })),
  })),
  wrong(9, "counts the attempts wrong", ({ deadEvents }) => ({
    deadEvents: async () => (await deadEvents()).map((dead) => ({ ...dead, attempts: dead.attempts + 1 })),
  })),
  wrong(9, "tries for ever", () => memoryEventBus({ maxDeliver: 1_000_000, retryDelayMs: 1 })),
  wrong(9, "gives a dead event to the handler's next in line, changed", ({ deadEvents }) => ({
    deadEvents: async () => (await deadEvents()).map((dead) => ({ ...dead, event: { ...dead.event, data: null } })),
  })),
  wrong(9, "keeps every event for dead that failed once", (right) => {
    const failed: DeadEvent[] = [];
    return {
      deadEvents: async () => failed,
      ...between(right, (event, delivery, next) =>
        next(event, delivery).catch((error: unknown) => {
          failed.push({ event, attempts: delivery.attempt, cause: String(error) });
          throw error;
        }),
      ),
    };
  }),
  wrong(9, "lets other subjects wait for a failing one", oneSubject),
  wrong(9, "delivers no more after a failure", (right) => {
    let failed = false;
    return between(right, async (event, delivery, next) => {
      if (failed && delivery.attempt === 1) return;
      await next(event, delivery).catch((error: unknown) => {
        failed = true;
        throw error;
      });
    });
  }),
  wrong(10, "does not mark a replay", (right) => between(right, (event, delivery, next) => next(event, { ...delivery, replay: false }))),
  wrong(10, "marks everything as replay", (right) => between(right, (event, delivery, next) => next(event, { ...delivery, replay: true }))),
  wrong(10, "replays nothing", (right) => subscribing(right, (options, handler) => [{ ...options, replayFrom: undefined }, handler])),
  wrong(10, "starts after the sequence", (right) =>
    subscribing(right, (options, handler) => {
      const from = options.replayFrom;
      return [{ ...options, replayFrom: from && "sequence" in from ? { sequence: from.sequence + 1 } : from }, handler];
    }),
  ),
  wrong(10, "replays everything", (right) =>
    subscribing(right, (options, handler) => [{ ...options, replayFrom: options.replayFrom && { sequence: 0 } }, handler]),
  ),
  wrong(10, "replays what does not fit the pattern", (right) => ({
    subscribe: (pattern, handler, options) => right.subscribe(options?.replayFrom === undefined ? pattern : ">", handler, options),
  })),
  wrong(10, "replays after new events", (right) =>
    between(right, async (event, delivery, next) => {
      if (delivery.replay) setTimeout(() => void next(event, delivery), 10);
      else await next(event, delivery);
    }),
  ),
  wrong(10, "gives every event the same sequence", (right) =>
    between(right, (event, delivery, next) => next(event, { ...delivery, sequence: 1 })),
  ),
  wrong(11, "replays from the beginning", (right) =>
    subscribing(right, (options, handler) => [{ ...options, replayFrom: options.replayFrom && { sequence: 0 } }, handler]),
  ),
  wrong(11, "knows no times", (right) =>
    subscribing(right, (options, handler) => [
      { ...options, replayFrom: options.replayFrom && "time" in options.replayFrom ? undefined : options.replayFrom },
      handler,
    ]),
  ),
  wrong(11, "replays what came before the time", (right) =>
    subscribing(right, (options, handler) => {
      const from = options.replayFrom;
      const time = from && "time" in from ? Date.parse(from.time) : 0;
      return [
        { ...options, replayFrom: from && { sequence: 0 } },
        (event, delivery) => (delivery.replay && Date.parse(event.time) >= time ? undefined : handler(event, delivery)),
      ];
    }),
  ),
  wrong(11, "does not mark a replay", (right) => between(right, (event, delivery, next) => next(event, { ...delivery, replay: false }))),
  wrong(12, "`close` of a subscription does nothing", (right) => leaving(right, async () => {})),
  wrong(12, "`close` of a subscription does not wait for its handler", (right) =>
    leaving(right, async (close) => {
      void close();
    }),
  ),
  wrong(12, "goes on trying an event after `close`", (right) => ({
    subscribe: async (pattern, handler, options) => {
      const subscription = await right.subscribe(
        pattern,
        async (event, delivery) => {
          for (let attempt = 1; attempt < 20; attempt++)
            try {
              return await handler(event, { ...delivery, attempt });
            } catch {
              await new Promise((resolve) => setTimeout(resolve, 2));
            }
        },
        options,
      );
      const close = async (): Promise<void> => void subscription.close();
      return { close, [Symbol.asyncDispose]: close };
    },
  })),
  wrong(12, "fails to close a subscription twice", (right) => {
    const closed = new Set<() => Promise<void>>();
    return leaving(right, async (close) => {
      if (closed.has(close)) throw new Error("closed already");
      closed.add(close);
      await close();
    });
  }),
  wrong(13, "a throwing handler makes the event come to all again", (right) => {
    const handlers: EventHandler[] = [];
    return {
      subscribe: (pattern, handler, options) => {
        handlers.push(handler);
        if (handlers.length > 1) return right.subscribe("nothing", handler, options);
        return right.subscribe(
          pattern,
          async (event, delivery) => void (await Promise.all(handlers.map(async (each) => each(event, delivery)))),
          options,
        );
      },
    };
  }),
  wrong(13, "`publish` throws what a handler throws", (right) => {
    let thrown: unknown;
    return {
      publish: async (...args) => {
        const receipt = await right.publish(...args);
        await new Promise(setImmediate);
        if (thrown !== undefined) throw thrown;
        return receipt;
      },
      ...between(right, (event, delivery, next) =>
        next(event, delivery).catch((error: unknown) => {
          thrown = error;
        }),
      ),
    };
  }),
  wrong(13, "delivers no more to anybody after a failure", (right) => {
    let failed = false;
    return between(right, async (event, delivery, next) => {
      if (!failed) await next(event, delivery).catch(() => (failed = true));
    });
  }),
  wrong(14, "ignores the signal", ({ publish }) => ({ publish: (event) => publish(event) })),
  wrong(14, "rejects with a reason of its own", ({ publish }) => ({
    publish: (event, options) => (options?.signal?.aborted ? Promise.reject(new Error("aborted")) : publish(event, options)),
  })),
  wrong(14, "publishes all the same", ({ publish }) => ({
    publish: async (event, options) => {
      const receipt = await publish(event);
      options?.signal?.throwIfAborted();
      return receipt;
    },
  })),
  wrong(15, "fails to close twice", closesOnce),
  wrong(15, "never ends closing while somebody listens", (right) => {
    let listeners = 0;
    return {
      subscribe: (...args) => {
        listeners++;
        return right.subscribe(...args);
      },
      close: () => (listeners > 0 ? forever() : Promise.resolve()),
    };
  }),
];
