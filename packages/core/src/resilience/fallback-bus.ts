import { OrchestratorError } from "../errors.ts";
import { checkCount, checkDuration, closedError } from "../memory/checks.ts";
import { frozenCopy } from "../memory/frozen-copy.ts";
import type { HealthReport, Subscription } from "../ports/call.ts";
import type { DeadEvent, EventBus, PublishReceipt } from "../ports/event-bus.ts";
import type { OrchestratorEvent } from "../ports/event.ts";
import { outbox, type Parcel } from "./fallback-outbox.ts";
import { type BusSession, busSession } from "./fallback-session.ts";
import { fallbackSubscription, inbox, type Inbox } from "./fallback-subscription.ts";

export interface FallbackBusOptions {
  /** Events kept for the preferred bus while it is away. Beyond it the oldest are left out if another process could get them elsewhere, else `publish` rejects with `OUTBOX_FULL`. @default 10000 */
  readonly maxOutbox?: number | undefined;
  /** Milliseconds one publish may take before the next bus serves. @default 600 */
  readonly stepDownMs?: number | undefined;
  /** Milliseconds between attempts to go back to a better bus. @default 250 */
  readonly probeMs?: number | undefined;
  /** Milliseconds: what a bus took this recently is given to the next one too when it fails, since perhaps nobody got it yet. @default 3000 */
  readonly overlapMs?: number | undefined;
  /** Newest event ids each subscription remembers, to hand every event over once; up to twice as many may be. @default 50000 */
  readonly dedupWindow?: number | undefined;
}

type FallbackBusParts = readonly [EventBus, ...EventBus[]] | readonly [EventBus, ...EventBus[], FallbackBusOptions];

const isBus = (part: EventBus | FallbackBusOptions): part is EventBus => "publish" in part;

/** How often the serving bus is looked at, in milliseconds. */
const watchMs = 100;
/** A bus that fails this soon after it was taken up again is not tried at once. */
const flapMs = 5_000;
const maxProbeDelayMs = 30_000;

/**
 * Several buses as one, the preferred one first: `fallbackBus(nats, redis, memory)`, options last. When one fails or hangs
 * the next serves, within a second, and the better one again by itself once it is back.
 *
 * What the preferred bus misses waits in a bounded outbox and goes out in order when it returns; subscriptions stand on every
 * bus and drop what they had. So a subject keeps its order and a handler in this process gets each event once, across all changes.
 * A receipt says which bus took the event. Members of a group in several processes may see an event again when the bus changes
 * (at least once, as on any bus). A sequence in `replayFrom` is one of the preferred bus; replay by time works on all.
 * It closes the buses it was given.
 */
export function fallbackBus(...parts: FallbackBusParts): EventBus {
  const given: readonly (EventBus | FallbackBusOptions)[] = parts;
  const tiers = given.filter(isBus);
  const options = given.find((part): part is FallbackBusOptions => !isBus(part)) ?? {};
  if (tiers.length === 0) throw new OrchestratorError("CONFIG_INVALID", "fallbackBus needs a bus");
  const maxOutbox = checkCount("maxOutbox", options.maxOutbox ?? 10_000);
  const stepDownMs = checkDuration("stepDownMs", options.stepDownMs ?? 600);
  const probeMs = checkDuration("probeMs", options.probeMs ?? 250);
  const dedupWindow = checkCount("dedupWindow", options.dedupWindow ?? 50_000);
  const now = (): number => performance.now();
  const box = outbox(maxOutbox, checkDuration("overlapMs", options.overlapMs ?? 3_000), now);
  const subscriptions = new Set<Subscription>();
  /** What the members of each group handled; kept while the bus is, since a group outlives its members. */
  const groups = new Map<string, Inbox>();
  const probes = tiers.map(() => ({ delayMs: probeMs, at: 0, running: false }));
  let serving = 0;
  let servingSince = now();
  let session = openSession(0);
  let lastFailure: unknown;
  let watch: NodeJS.Timeout | undefined;
  let closed = false;

  function openSession(tier: number): BusSession {
    const bus = tiers[tier] as EventBus;
    const own: BusSession = busSession({
      bus,
      now,
      onTaken: (parcel, receipt) => {
        box.taken(parcel, tier, receipt.durable);
        settle(parcel, { receipt });
      },
      onRefused: (parcel, error) => {
        box.remove(parcel);
        settle(parcel, { error });
      },
      onFailed: (error) => {
        if (own === session) stepDown(error);
      },
    });
    return own;
  }

  function settle(parcel: Parcel, outcome: Parameters<NonNullable<Parcel["settle"]>>[0]): void {
    parcel.settle?.(outcome);
    parcel.settle = undefined;
  }

  /** Lets another bus serve, beginning with what it has to be given. */
  function serve(tier: number): void {
    session.stop();
    serving = tier;
    servingSince = now();
    session = openSession(tier);
    for (const parcel of box.dueTo(tier)) session.send(parcel);
  }

  function stepDown(error: unknown): void {
    lastFailure = error;
    const probe = probes[serving];
    if (probe !== undefined) {
      const flapped = serving < tiers.length - 1 && now() - servingSince < flapMs && session.count() === 0 && probe.at > 0;
      probe.delayMs = flapped ? Math.min(maxProbeDelayMs, probe.delayMs * 2) : probeMs;
      probe.at = now() + probe.delayMs;
    }
    if (serving < tiers.length - 1) return serve(serving + 1);
    // Nothing below: the publishers that wait are told, and the next publish tries again.
    session.stop();
    session = openSession(serving);
    for (const parcel of box.dueTo(serving)) {
      if (parcel.settle === undefined) continue;
      box.remove(parcel);
      settle(parcel, { error: new OrchestratorError("STORE_UNAVAILABLE", "no bus takes events now", { retryable: true, cause: error }) });
    }
  }

  async function probe(tier: number): Promise<void> {
    const state = probes[tier];
    const bus = tiers[tier];
    if (state === undefined || bus === undefined || state.running || now() < state.at) return;
    state.running = true;
    try {
      const signal = AbortSignal.timeout(Math.max(1_000, stepDownMs));
      await Promise.race([
        bus.ready?.({ signal }) ?? Promise.resolve(),
        new Promise<never>((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true })),
      ]);
      if (!closed && tier < serving && bus.health?.().status !== "down") serve(tier);
    } catch (error) {
      lastFailure = error;
      state.at = now() + state.delayMs;
    } finally {
      state.running = false;
    }
  }

  function lookAround(): void {
    const health = tiers[serving]?.health?.();
    if (session.oldestMs() > stepDownMs)
      stepDown(new OrchestratorError("DEADLINE_EXCEEDED", `a publish took longer than ${stepDownMs} ms`, { retryable: true }));
    else if (serving < tiers.length - 1 && health?.status === "down" && session.count() > 0) stepDown(new Error(health.detail ?? "down"));
    for (let better = 0; better < serving; better++) void probe(better);
  }

  function enter(signal: AbortSignal | undefined): void {
    signal?.throwIfAborted();
    if (closed) throw closedError("the event bus");
    watch ??= setInterval(lookAround, watchMs).unref();
  }

  function publish(event: OrchestratorEvent, signal: AbortSignal | undefined): Promise<PublishReceipt> {
    if (!box.makeRoom())
      throw new OrchestratorError("OUTBOX_FULL", `${maxOutbox} events already wait for a bus that keeps them`, { retryable: true });
    return new Promise((resolve, reject) => {
      const onAbort = (): void => reject(signal?.reason);
      signal?.addEventListener("abort", onAbort, { once: true });
      const parcel: Parcel = {
        event: frozenCopy(event),
        tier: Infinity,
        takenAt: 0,
        durable: false,
        settle: (outcome) => {
          signal?.removeEventListener("abort", onAbort);
          if ("receipt" in outcome) resolve(outcome.receipt);
          else reject(outcome.error);
        },
      };
      box.add(parcel);
      session.send(parcel);
    });
  }

  function inboxFor(pattern: string, group: string | undefined): Inbox {
    if (group === undefined) return inbox(dedupWindow);
    const name = JSON.stringify([group, pattern]);
    const shared = groups.get(name) ?? inbox(dedupWindow);
    groups.set(name, shared);
    return shared;
  }

  const nameOf = (tier: number): string => tiers[tier]?.name ?? "";

  function health(): HealthReport {
    if (closed) return { status: "down", detail: "closed" };
    const own = tiers[serving]?.health?.();
    if (serving === 0 && (own === undefined || own.status === "up")) return { status: "up", detail: `${nameOf(0)} serves` };
    const why = lastFailure instanceof Error && serving > 0 ? ` (${lastFailure.message})` : "";
    const waiting = serving > 0 ? `; ${box.owed()} events wait for ${nameOf(0)}, ${box.skipped()} left out${why}` : "";
    const state = own?.detail === undefined ? "" : `, ${own.detail}`;
    return { status: own?.status === "down" ? "down" : "degraded", detail: `${nameOf(serving)} serves${state}${waiting}` };
  }

  return {
    name: "fallback",
    publish: async (event, { signal } = {}) => {
      enter(signal);
      return await publish(event, signal);
    },
    subscribe: async (pattern, handler, subscribeOptions = {}) => {
      enter(subscribeOptions.signal);
      const subscription = await fallbackSubscription({
        tiers,
        pattern,
        handler,
        options: subscribeOptions,
        inbox: inboxFor(pattern, subscribeOptions.group),
        attachMs: stepDownMs,
        retryMs: probeMs,
      });
      subscriptions.add(subscription);
      const close = async (): Promise<void> => {
        subscriptions.delete(subscription);
        await subscription.close();
      };
      return { close, [Symbol.asyncDispose]: close };
    },
    deadEvents: async ({ signal } = {}) => {
      enter(signal);
      const found = await Promise.allSettled(tiers.map((bus) => bus.deadEvents({ signal })));
      const byId = new Map<string, DeadEvent>();
      for (const each of found) if (each.status === "fulfilled") for (const dead of each.value) byId.set(dead.event.id, dead);
      return [...byId.values()];
    },
    ready: async (callOptions) => {
      enter(callOptions?.signal);
      await Promise.any(tiers.map(async (bus) => bus.ready?.(callOptions))).catch((error: AggregateError) =>
        Promise.reject(error.errors[0]),
      );
    },
    health,
    close: async () => {
      if (closed) return;
      closed = true;
      clearInterval(watch);
      const deadline = now() + stepDownMs;
      while (!session.idle() && now() < deadline) await new Promise((resolve) => setTimeout(resolve, 5));
      session.stop();
      await Promise.all([...subscriptions].map((subscription) => subscription.close()));
      await Promise.all(tiers.map(async (bus) => bus.close?.()));
      for (const parcel of box.dueTo(tiers.length)) settle(parcel, { error: closedError("the event bus") });
    },
  };
}
