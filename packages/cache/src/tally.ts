import { upperBound } from "./boundary.ts";

/** A question that missed although a stored one was close. */
export interface NearMiss {
  readonly tenant: string;
  readonly asked: string;
  readonly stored: string;
  /** Why it was no hit, in plain words. */
  readonly why: string;
}

/** What the cache did since it was made, in this process. */
export interface CacheReport {
  readonly exactHits: number;
  readonly semanticHits: number;
  /** Of the hits, those in the grace after their time. */
  readonly staleHits: number;
  readonly misses: number;
  /** Results of tools that were taken from memory, and that were not there. */
  readonly toolHits: number;
  readonly toolMisses: number;
  readonly stores: number;
  /** Semantic hits that `reject` was called for. */
  readonly rejected: number;
  /** Pairs of questions the model of the `judge` option was asked about. */
  readonly judged: number;
  /** Entries found corrupt, foreign, oversized or of another question, and removed. */
  readonly removed: number;
  /** Refusals by their kind, such as `numbers` and `only one names`. */
  readonly refusals: Readonly<Record<string, number>>;
  /** The newest near misses, the newest last. */
  readonly nearMisses: readonly NearMiss[];
  /** Entries this process knows, by tenant. */
  readonly entriesByTenant: Readonly<Record<string, number>>;
  /** What the answers given from the cache had taken and cost when they were made. */
  readonly savedMs: number;
  readonly savedUsd: number;
  /**
   * Upper end of the 95 % interval of the share of wrong semantic hits, taking every hit nobody rejected for right; 1 before the
   * first. No promise about hits nobody looked at.
   */
  readonly errorBound: number;
}

const maxNearMisses = 100;

export interface Tally {
  exactHits: number;
  semanticHits: number;
  staleHits: number;
  misses: number;
  toolHits: number;
  toolMisses: number;
  stores: number;
  rejected: number;
  judged: number;
  removed: number;
  savedMs: number;
  savedUsd: number;
  readonly nearMiss: (miss: NearMiss) => void;
  readonly report: (entriesByTenant: Readonly<Record<string, number>>) => CacheReport;
}

const kindOf = (why: string): string => why.split(":")[0] ?? why;

export function newTally(): Tally {
  const refusals = new Map<string, number>();
  let nearMisses: NearMiss[] = [];
  return {
    exactHits: 0,
    semanticHits: 0,
    staleHits: 0,
    misses: 0,
    toolHits: 0,
    toolMisses: 0,
    stores: 0,
    rejected: 0,
    judged: 0,
    removed: 0,
    savedMs: 0,
    savedUsd: 0,
    nearMiss(miss) {
      const kind = kindOf(miss.why);
      refusals.set(kind, (refusals.get(kind) ?? 0) + 1);
      nearMisses = [...nearMisses.slice(1 - maxNearMisses), miss];
    },
    report(entriesByTenant) {
      const { exactHits, semanticHits, staleHits, misses, toolHits, toolMisses, stores, rejected, judged, removed, savedMs, savedUsd } =
        this;
      const errorBound = upperBound(Math.min(rejected, semanticHits), semanticHits);
      const counts = {
        exactHits,
        semanticHits,
        staleHits,
        misses,
        toolHits,
        toolMisses,
        stores,
        rejected,
        judged,
        removed,
        savedMs,
        savedUsd,
      };
      return { ...counts, refusals: Object.fromEntries(refusals), nearMisses, entriesByTenant, errorBound };
    },
  };
}
