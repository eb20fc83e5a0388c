import type { ProviderFailure } from "../../errors.ts";
import type { Json } from "../../ports/json.ts";
import type { StateStore } from "../../ports/state-store.ts";
import { sharedCells } from "../money/shared-cells.ts";
import { sinceEpochMs } from "../money/wall-clock.ts";

/** Until when a vendor is left alone, and when that was told; milliseconds since 1970. */
interface Outage {
  openUntilMs: number;
  restUntilMs: number;
  why: string;
  toldMs: number;
}

/** What processes tell each other of one vendor and model. Nobody ever waits for it: while the store is away each knows what it saw itself. */
export interface SharedOutage {
  /** Reads what others told, behind the call's back and at most once a second; `learn` is given milliseconds from now. */
  readonly look: (learn: (openForMs: number, restForMs: number, why: string) => void) => void;
  readonly opened: (forMs: number, why: string) => void;
  readonly rests: (forMs: number, why: ProviderFailure) => void;
  /** It answers again. */
  readonly closed: () => void;
}

const lookEveryMs = 1_000;
/** A look that does not come back is not waited for any longer. */
const patienceMs = 10_000;
/** Deadlines closer than this are one. */
const sameMs = 500;
/** What is true for every process that asks the vendor, whatever its key and model. */
const isOfAll: ReadonlySet<ProviderFailure> = new Set(["rate-limit", "quota", "overloaded"]);

/** Nothing else is stored under these keys. */
const toOutage = (value: Json | undefined): Outage => ({
  openUntilMs: 0,
  restUntilMs: 0,
  why: "",
  toldMs: 0,
  ...(value as Partial<Outage> | undefined),
});

/** For each vendor by its key: all who use the same state store share what they learn. */
export function sharedOutages(state: StateStore, nowMs: () => number = sinceEpochMs): (key: string) => SharedOutage {
  const cells = sharedCells({ state, open: toOutage, close: (outage) => ({ ...outage }) });

  return (vendorKey) => {
    const key = `vendor:${vendorKey}`;
    let lookedMs = -Infinity;
    let looking = false;
    let closedMs = 0;

    /** Told and forgotten: a failure that is not heard of is told again by the next. */
    function tell(edit: Partial<Outage>, isNews: (outage: Outage) => boolean): void {
      const change = (outage: Outage) => {
        if (!isNews(outage)) return { answer: undefined, ttlMs: undefined };
        Object.assign(outage, edit, { toldMs: nowMs() });
        return { answer: undefined, ttlMs: Math.max(1, Math.max(outage.openUntilMs, outage.restUntilMs) - nowMs()) };
      };
      cells.update(key, change).catch(() => {});
    }

    async function read(learn: Parameters<SharedOutage["look"]>[0]): Promise<void> {
      const { openUntilMs, restUntilMs, why, toldMs } = toOutage((await state.get(key))?.value);
      const now = nowMs();
      // What was told before it answered here no longer holds.
      if (toldMs > closedMs) learn(Math.max(0, openUntilMs - now), Math.max(0, restUntilMs - now), why);
    }

    return {
      look(learn) {
        const now = performance.now();
        if (now - lookedMs < (looking ? patienceMs : lookEveryMs)) return;
        lookedMs = now;
        looking = true;
        void read(learn)
          .catch(() => {})
          .finally(() => void (looking = false));
      },
      opened(forMs, why) {
        const openUntilMs = nowMs() + forMs;
        tell({ openUntilMs, why }, (outage) => openUntilMs > outage.openUntilMs + sameMs);
      },
      rests(forMs, why) {
        const restUntilMs = nowMs() + forMs;
        if (isOfAll.has(why)) tell({ restUntilMs, why }, (outage) => restUntilMs > outage.restUntilMs + sameMs);
      },
      closed() {
        closedMs = nowMs();
        tell({ openUntilMs: 0 }, ({ openUntilMs }) => openUntilMs > 0);
      },
    };
  };
}
