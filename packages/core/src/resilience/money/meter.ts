import { systemClock } from "../../clock.ts";
import { pauseFor } from "../vendors/pause-for.ts";
import type { Account, Hold, ModelCall, ReserveCallOptions } from "./account.ts";

/** All limits on what one caller may spend on models. */
export interface Meter {
  /** Output tokens a request may ask for that does not say how many; undefined where no budget cares. */
  readonly maxOutputTokens: number | undefined;
  /**
   * Keeps the most a call may take. Where only other calls are in the way it waits for them, half of the call's time at most.
   * Rejects with `BUDGET_EXCEEDED` or `RATE_LIMITED`; with a `quota` failure where a budget of this vendor alone is spent; with `STORE_UNAVAILABLE` where a budget cannot be asked.
   */
  readonly reserve: (call: ModelCall, options: ReserveCallOptions) => Promise<Hold>;
}

const firstWaitMs = 5;
const maxWaitMs = 200;

function together(holds: readonly Hold[]): Hold {
  return {
    left: Object.assign({}, ...holds.map(({ left }) => left)) as Hold["left"],
    settle(usage, costUsd) {
      for (const hold of holds) hold.settle(usage, costUsd);
    },
  };
}

export function meter(accounts: readonly Account[], maxOutputTokens: number | undefined): Meter {
  /** Everything or nothing: what was kept until one refuses is given back. */
  async function attempt(call: ModelCall, options: ReserveCallOptions) {
    const holds: Hold[] = [];
    const giveBack = (): void => together(holds).settle(undefined, undefined);
    try {
      for (const account of accounts) {
        const kept = await account.reserve(call, options);
        if ("refused" in kept) {
          giveBack();
          return kept;
        }
        holds.push(kept);
      }
      return together(holds);
    } catch (error) {
      giveBack();
      throw error;
    }
  }

  return {
    maxOutputTokens,
    async reserve(call, options) {
      const untilMs = performance.now() + options.timeoutMs / 2;
      for (let waitMs = firstWaitMs; ; waitMs = Math.min(maxWaitMs, waitMs * 2)) {
        const kept = await attempt(call, options);
        if (!("refused" in kept)) return kept;
        if (!kept.passes || performance.now() + waitMs > untilMs) throw kept.refused();
        await pauseFor(waitMs * (0.5 + Math.random() / 2), systemClock, options.signal);
      }
    },
  };
}
