import type { OrchestratorEvent } from "../ports/event.ts";
import type { PublishReceipt } from "../ports/event-bus.ts";

/** One event between its publisher and the buses. */
export interface Parcel {
  readonly event: OrchestratorEvent;
  /** The best tier that took it; tiers count from 0, the preferred one. Infinity for none. */
  tier: number;
  /** When some tier took it last, on the monotonic clock. */
  takenAt: number;
  /** True once a tier took it that outlives this process. */
  durable: boolean;
  /** Ends the publisher's wait; called once. */
  settle: ((outcome: { readonly receipt: PublishReceipt } | { readonly error: unknown }) => void) | undefined;
}

/**
 * The newest events in the order they were published: those the preferred tier has not taken, and for a while those it has,
 * because a broker that dies may have taken events that nobody got from it yet.
 */
export interface Outbox {
  readonly add: (parcel: Parcel) => void;
  /** Notes that a tier took it. */
  readonly taken: (parcel: Parcel, tier: number, durable: boolean) => void;
  readonly remove: (parcel: Parcel) => void;
  /** What a tier has to be given when it begins to serve, in order: what neither it nor a better one took, and what was taken just before. */
  readonly dueTo: (tier: number) => readonly Parcel[];
  /** Makes room for one more: forgets the oldest that outlives this process anyway. False when there is none. */
  readonly makeRoom: () => boolean;
  /** Events the preferred tier has not taken. */
  readonly owed: () => number;
  /** Events forgotten before the preferred tier took them. */
  readonly skipped: () => number;
}

/** Most events kept that the preferred tier has taken. */
const maxOverlap = 2_000;

export function outbox(maxOwed: number, overlapMs: number, now: () => number): Outbox {
  let parcels: Parcel[] = [];
  /** Where the kept ones begin in `parcels`; the rest is cut off now and then. */
  let first = 0;
  let owed = 0;
  let skipped = 0;

  const forgetFirst = (): void => {
    first++;
    if (first < 1_024 || first * 2 < parcels.length) return;
    parcels = parcels.slice(first);
    first = 0;
  };
  const trim = (): void => {
    for (let parcel = parcels[first]; parcel !== undefined && parcel.tier === 0; parcel = parcels[first]) {
      if (parcels.length - first - owed <= maxOverlap && now() - parcel.takenAt < overlapMs) return;
      forgetFirst();
    }
  };

  return {
    add: (parcel) => {
      parcels.push(parcel);
      owed++;
      trim();
    },
    taken: (parcel, tier, durable) => {
      parcel.takenAt = now();
      parcel.durable ||= durable;
      if (tier === 0 && parcel.tier > 0) owed--;
      parcel.tier = Math.min(parcel.tier, tier);
    },
    remove: (parcel) => {
      const at = parcels.indexOf(parcel, first);
      if (at === -1) return;
      parcels.splice(at, 1);
      if (parcel.tier > 0) owed--;
    },
    dueTo: (tier) => {
      const since = now() - overlapMs;
      return parcels.slice(first).filter((parcel) => parcel.tier > tier || (parcel.tier < tier && parcel.takenAt >= since));
    },
    makeRoom: () => {
      if (owed < maxOwed) return true;
      const oldest = parcels.find((parcel, at) => at >= first && parcel.tier > 0);
      if (oldest === undefined || !oldest.durable) return false;
      parcels.splice(parcels.indexOf(oldest, first), 1);
      owed--;
      skipped++;
      return true;
    },
    owed: () => owed,
    skipped: () => skipped,
  };
}
