import { randomUUID } from "node:crypto";
import type { CacheLease, CacheStore, QueryEvent } from "@hydrogenai/core";
import type { LiveAnswers } from "./live-answers.ts";

/** Turns at computing an answer, held in the store that all processes share. */
export interface Leases {
  readonly take: (key: string, signal: AbortSignal | undefined) => Promise<CacheLease>;
  /** Gives every turn held here to the next. */
  readonly close: () => Promise<void>;
}

const nobodys: CacheLease = { state: "nobodys" };
/** How long those who waited know that there is nothing to wait for. */
const unsharedMs = 1_000;
const encoder = new TextEncoder();

/**
 * A turn is a key that ends by itself after `leaseMs` and is written anew while its holder lives. The holder goes by its own clock,
 * counted from before each write, and so knows that it may have lost the turn no later than another can take it. A store that
 * evicted the key costs a second computation and nothing else. Who waits hears the text as it comes where there are `live` answers.
 */
export function leases(store: CacheStore, leaseMs: number, live?: LiveAnswers): Leases {
  const held = new Set<() => Promise<void>>();

  return {
    async take(key, signal) {
      const leaseKey = `lease:${key}`;
      const unsharedKey = `unshared:${key}`;
      const token = encoder.encode(randomUUID());
      let writtenAt = performance.now();
      if (!(await store.add(leaseKey, token, { ttlMs: leaseMs, signal }))) {
        const isShared = (await store.get(unsharedKey, { signal })) === undefined;
        return isShared ? { state: "theirs", listen: live && ((onText) => live.follow(key, onText)) } : nobodys;
      }
      const teller = live?.lead(key);
      let ended = false;

      const isHeld = (): boolean => !ended && performance.now() - writtenAt < leaseMs;

      async function renew(): Promise<void> {
        if (!isHeld()) return clearInterval(timer);
        const now = performance.now();
        await store.set(leaseKey, token, { ttlMs: leaseMs });
        // A write that overtook the end would keep others waiting for nobody.
        if (ended) await store.delete(leaseKey);
        else writtenAt = now;
      }

      const timer = setInterval(() => void renew().catch(() => undefined), leaseMs / 3).unref();

      async function end(outcome: "stored" | "left" | "not-shared"): Promise<void> {
        if (ended) return;
        const wasHeld = isHeld();
        ended = true;
        held.delete(leave);
        clearInterval(timer);
        teller?.close();
        if (!wasHeld) return;
        if (outcome === "not-shared") await store.set(unsharedKey, token, { ttlMs: unsharedMs }).catch(() => undefined);
        await store.delete(leaseKey).catch(() => undefined);
      }

      const leave = (): Promise<void> => end("left");
      held.add(leave);
      const tell = teller && ((event: QueryEvent): void => (isHeld() ? teller.tell(event) : teller.close()));
      return { state: "mine", held: isHeld, end, tell };
    },
    close: async () => void (await Promise.all([...held].map((leave) => leave()))),
  };
}
