import { randomUUID } from "node:crypto";
import type { EventHandler, Subscription } from "@hydrogenai/core";
import type { BusKeys } from "./bus-keys.ts";
import { sequenceOf, toEntries } from "./bus-stream.ts";
import type { BusTail } from "./bus-tail.ts";
import type { Connection } from "./connection.ts";
import { type Due, orderedDelivery, type OrderedDeliveryOptions } from "./ordered-delivery.ts";
import { backoff, pauses } from "./pauses.ts";
import { isNoGroup } from "./redis-errors.ts";
import { releaseScript, renewScript, settleScript, takeScript } from "./bus-group-scripts.ts";

export interface BusGroupOptions {
  readonly connection: Connection;
  readonly keys: BusKeys;
  readonly tail: BusTail;
  /** Group and pattern together: members with another pattern are another group. */
  readonly name: string;
  readonly matches: (type: string) => boolean;
  /** Everything up to this sequence was stored before this process joined. */
  readonly liveFrom: number;
  /** Events up to this sequence are a replay. */
  readonly replayTo: number;
  readonly leaseMs: number;
  readonly maxDead: number;
  readonly toDead: (due: Due, attempts: number, cause: string) => string;
  /** Called when the server no longer knew the group. */
  readonly onVanished: () => void;
  readonly delivery: Pick<OrderedDeliveryOptions, "maxDeliver" | "retryDelayMs" | "concurrency" | "closeTimeoutMs">;
}

/** The members of one group in this process. */
export interface BusGroup {
  readonly join: (handler: EventHandler) => Subscription;
}

interface Settlement {
  readonly sequence: number;
  /** The dead event as JSON, or empty for one that was handled. */
  readonly dead: string;
  readonly settled: () => void;
}

const takeCount = 64;
/** Before every entry. */
const fromStart = "0-0";
const maxSettlements = 256;

/**
 * A consumer group, served by one process at a time, so that the events of a subject keep their order whatever process dies.
 * The others stand by; the lease of a process that died ends by itself, that of one that leaves at once.
 */
export function busGroup(options: BusGroupOptions, onEmpty: () => void): BusGroup {
  const { connection, keys, tail, name, matches, liveFrom, replayTo, leaseMs, maxDead } = options;
  const owner = randomUUID();
  const all = [keys.lease(name), keys.holder(name), keys.events, keys.dead];
  const waits = pauses();
  let holding = false;
  /** Where claiming what an earlier holder left has come to; empty when that is done. */
  let claimFrom = fromStart;
  /** The newest entry taken since this process holds the lease. */
  let newest = fromStart;
  /** Everything up to here was taken, or stored before this process came; a group that vanished begins again behind it. */
  let lastTaken = liveFrom;
  let settlements: Settlement[] = [];
  let settling: Promise<void> | undefined;

  const settle = (sequence: number, dead: string): Promise<void> =>
    new Promise((resolve) => {
      settlements.push({ sequence, dead, settled: resolve });
      settling ??= flush();
    });

  const ordered = orderedDelivery({
    ...options.delivery,
    onDone: (due) => settle(due.sequence, ""),
    onDead: (due, attempts, cause) => settle(due.sequence, options.toDead(due, attempts, cause)),
  });

  const loseLease = (): void => {
    if (!holding) return;
    holding = false;
    claimFrom = fromStart;
    newest = fromStart;
    forgetSettlements();
    ordered.abandon(new Error("another process serves this group now"));
  };

  const forgetSettlements = (): void => {
    const forgotten = settlements;
    settlements = [];
    for (const { settled } of forgotten) settled();
  };

  /** Acknowledges what is finished, together; tries until it is done or the lease is another's. */
  async function flush(): Promise<void> {
    await Promise.resolve();
    for (let failures = 0; settlements.length > 0;) {
      const some = settlements.slice(0, maxSettlements);
      try {
        const pairs = some.flatMap(({ sequence, dead }) => [`${sequence}-0`, dead]);
        const args = [owner, name, maxDead, Date.now(), ...pairs];
        const { value } = await connection.run(settleScript, all, args, { repeatable: true });
        failures = 0;
        if (value === 0) loseLease();
        else {
          settlements = settlements.slice(some.length);
          for (const { settled } of some) settled();
        }
      } catch (error) {
        if (isNoGroup(error) || waits.ended()) forgetSettlements();
        else await waits.pause(backoff(20, ++failures, 500));
      }
    }
    settling = undefined;
  }

  async function follow(): Promise<void> {
    for (let failures = 0; !waits.ended();) {
      const seen = tail.count();
      try {
        await ordered.room();
        if (waits.ended()) return;
        const taken = await take();
        failures = 0;
        if (taken === "other") await waits.pause(leaseMs / 6);
        else if (taken === 0 && claimFrom === "") await tail.moreThan(seen, leaseMs / 3);
      } catch (error) {
        if (isNoGroup(error)) await create().catch(() => {});
        await waits.pause(backoff(20, ++failures, 500));
      }
    }
  }

  async function take(): Promise<number | "other"> {
    const args = [owner, name, leaseMs, takeCount, claimFrom, newest, holding ? 1 : 0];
    const { value } = await connection.run(takeScript, all, args, { repeatable: true });
    const [outcome, cursor, raw, counts] = value as readonly [string, string, unknown, readonly number[]];
    if (outcome === "other") {
      loseLease();
      return "other";
    }
    // Gained where we thought we held it: another had it meanwhile, and what we have in hand was handed out again.
    if (outcome === "gained") loseLease();
    holding = true;
    accept(raw, counts);
    claimFrom = cursor;
    return (raw as readonly unknown[]).length;
  }

  function accept(raw: unknown, counts: readonly number[]): void {
    for (const [index, item] of (raw as readonly unknown[]).entries()) {
      const [id] = item as readonly [string];
      newest = id;
      const { sequence, event } = toEntries([item])[0] ?? { sequence: sequenceOf(id), event: undefined };
      lastTaken = Math.max(lastTaken, sequence);
      if (event === undefined) {
        void settle(sequence, "");
        continue;
      }
      const due: Due = { sequence, event, replay: sequence <= replayTo, attempt: counts[index] ?? 1 };
      if (matches(event.type)) ordered.offer(due);
      else void settle(sequence, "");
    }
  }

  /** Makes the group anew where it vanished, behind what this process has already taken. */
  async function create(): Promise<void> {
    options.onVanished();
    await createGroup(connection, keys, name, lastTaken);
  }

  const renewal = setInterval(() => {
    if (!holding) return;
    connection.run(renewScript, all, [owner, name, leaseMs], { repeatable: true }).then(
      ({ value }) => value === 0 && loseLease(),
      () => {},
    );
  }, leaseMs / 3);

  async function leave(): Promise<void> {
    onEmpty();
    waits.end();
    clearInterval(renewal);
    await settling;
    if (holding) await connection.run(releaseScript, all, [owner, name], { repeatable: true }).catch(() => {});
  }

  void follow();

  return { join: (handler) => ordered.join(handler, leave) };
}

/** Makes the group behind that sequence unless it exists; answers whether it was made. */
export async function createGroup(connection: Connection, keys: BusKeys, name: string, behind: number): Promise<boolean> {
  try {
    await connection.send("xgroup", ["CREATE", keys.events, name, `${behind}-0`, "MKSTREAM"], { repeatable: true });
    return true;
  } catch (error) {
    if (error instanceof Error && error.message.includes("BUSYGROUP")) return false;
    throw error;
  }
}
