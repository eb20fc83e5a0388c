import { type CacheStore, type EventBus, type HealthReport, type Json, OrchestratorError, type TtlOptions } from "@hydrogenai/core";
import { seal, unseal } from "./envelope.ts";
import { invalidations } from "./invalidations.ts";
import { nearTier } from "./near-tier.ts";
import { sharedTier } from "./shared-tier.ts";

export interface TieredStoreOptions {
  /** Tells other instances what changed here. @default none: a copy in L1 lives `staleMs` at most */
  readonly bus?: EventBus | undefined;
  /** Separates the stores that share a bus; lower-case letters, digits and dashes. @default "answers" */
  readonly name?: string | undefined;
  /** Milliseconds the shared tier is given before it counts as away. @default 20 */
  readonly l2TimeoutMs?: number | undefined;
  /** Milliseconds a shared tier that keeps failing is left alone. @default 1000 */
  readonly l2RestMs?: number | undefined;
  /** Milliseconds this instance may answer what another has replaced or deleted, while the bus is silent or absent. @default 1000 */
  readonly staleMs?: number | undefined;
  /** Bytes of one value; a larger one is not stored, and one found in the shared tier is removed. @default 8388608 (8 MiB) */
  readonly maxValueBytes?: number | undefined;
  /** Values above so many bytes are deflated in the shared tier; Infinity for never. @default 32768 */
  readonly compressAboveBytes?: number | undefined;
}

/** A cache store of two tiers that says how it is. */
export interface TieredStore extends CacheStore {
  /** `degraded` while the shared tier is away. */
  readonly health: () => HealthReport;
}

const maxUnsettled = 10_000;

/** Settles like the work, or rejects with the signal's reason and leaves the work to the others. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

const positive = (name: string, value: number): number => {
  if (value > 0) return value;
  throw new OrchestratorError("CONFIG_INVALID", `${name} must be above 0, not ${value}`);
};

/**
 * `l1` in this process before `l2` shared by all. What is set or deleted here reaches the L1 of every other instance over the bus;
 * an instance that no longer hears the bus empties its L1 and from then on trusts a copy for `staleMs` only.
 *
 * A shared tier that is down or slow is a miss after `l2TimeoutMs`, never an error: values then live in this process, `add`, which waits
 * five times as long, is exclusive within this process only, and a deletion it did not confirm is remembered and made again. Closes both tiers, not the bus.
 */
export function tieredStore(l1: CacheStore, l2: CacheStore, options: TieredStoreOptions = {}): TieredStore {
  const { bus, name = "answers", compressAboveBytes = 32_768 } = options;
  const maxValueBytes = positive("maxValueBytes", options.maxValueBytes ?? 8 * 1024 * 1024);
  const staleMs = positive("staleMs", options.staleMs ?? 1_000);
  const shared = sharedTier(positive("l2TimeoutMs", options.l2TimeoutMs ?? 20), positive("l2RestMs", options.l2RestMs ?? 1_000));
  const near = nearTier(l1);
  /** Keys whose deletion the shared tier has not confirmed: what it holds for them is not to be believed. */
  const unsettled = new Set<string>();
  let settling: NodeJS.Timeout | undefined;

  const told =
    bus === undefined
      ? undefined
      : invalidations({ bus, type: `cache.${name}.changed`, silenceMs: staleMs, onTold: obey, onLost: near.flush, summary: { all: true } });

  /** Another instance changed a key. */
  function obey(data: Json): void {
    if (typeof data !== "object" || data === null || Array.isArray(data)) return;
    const { key, unsettled: open } = data as { readonly key?: Json; readonly unsettled?: Json };
    if (typeof key !== "string") return near.flush();
    near.drop(key);
    if (open === true) doubt(key);
  }

  function doubt(key: string): boolean {
    if (!unsettled.has(key) && unsettled.size >= maxUnsettled) return false;
    unsettled.add(key);
    settling ??= setInterval(() => void settle(), 250).unref();
    return true;
  }

  async function settle(): Promise<void> {
    for (const key of unsettled) {
      if (!(await remove(key))) return;
    }
    clearInterval(settling);
    settling = undefined;
  }

  /** Whether the shared tier confirmed that the key is gone. */
  async function remove(key: string): Promise<boolean> {
    try {
      await shared.ask(undefined, (signal) => l2.delete(key, { signal }));
      unsettled.delete(key);
      return true;
    } catch {
      return false;
    }
  }

  const nearTtl = (ttlMs: number): number => (told?.heard() === true ? ttlMs : Math.min(ttlMs, staleMs));

  const keepNear = (key: string, value: Uint8Array, ttlMs: number): Promise<void> => near.set(key, value, nearTtl(ttlMs));

  /** Reads under way: who asks for the same key meanwhile is given what they bring, unless it changed here since. */
  const reads = new Map<string, { readonly changed: () => boolean; readonly found: Promise<Uint8Array | undefined> }>();

  async function readShared(key: string, signal: AbortSignal | undefined): Promise<Uint8Array | undefined> {
    let read = reads.get(key);
    if (read === undefined || read.changed()) {
      const begun = near.beginRead(key);
      read = { changed: begun.changed, found: fetch(key, begun.changed) };
      const running = read;
      reads.set(key, running);
      void running.found.finally(() => {
        begun.end();
        if (reads.get(key) === running) reads.delete(key);
      });
    }
    return signal === undefined ? read.found : unlessAborted(read.found, signal);
  }

  async function fetch(key: string, changed: () => boolean): Promise<Uint8Array | undefined> {
    try {
      // Without a signal of its own, so that a store may send reads of the same moment together.
      const bytes = await shared.ask(undefined, () => l2.get(key));
      if (bytes === undefined) return undefined;
      const found = await unseal(bytes, maxValueBytes);
      if (found === undefined) {
        await remove(key);
        return undefined;
      }
      const ttlMs = found.expiresAt - Date.now();
      if (ttlMs <= 0 || unsettled.has(key)) return undefined;
      // Only where nothing is: a value set meanwhile is the newer one.
      if (!changed()) await near.add(key, found.value, nearTtl(ttlMs));
      return found.value;
    } catch {
      return undefined;
    }
  }

  async function read(key: string, signal: AbortSignal | undefined): Promise<Uint8Array | undefined> {
    return near.valueIn(await l1.get(key)) ?? (unsettled.has(key) ? undefined : readShared(key, signal));
  }

  const sealed = (value: Uint8Array, ttlMs: number | undefined): Promise<Uint8Array> =>
    seal(value, ttlMs === undefined ? Infinity : Date.now() + ttlMs, compressAboveBytes);

  async function write(key: string, value: Uint8Array, { ttlMs, signal }: TtlOptions): Promise<void> {
    const bytes = await sealed(value, ttlMs);
    try {
      await shared.ask(signal, (inTime) => l2.set(key, bytes, { ttlMs, signal: inTime }));
      unsettled.delete(key);
    } catch {
      signal?.throwIfAborted();
    }
  }

  async function forget(key: string, signal: AbortSignal | undefined): Promise<boolean> {
    const wasNear = await near.delete(key);
    try {
      const wasShared = await shared.ask(signal, (inTime) => l2.delete(key, { signal: inTime }));
      // A read that overtook the deletion may have brought the value back.
      near.drop(key);
      const believed = wasShared && !unsettled.has(key);
      unsettled.delete(key);
      told?.tell({ key });
      return wasNear || believed;
    } catch {
      signal?.throwIfAborted();
      const noted = doubt(key);
      told?.tell({ key, unsettled: true });
      if (!noted)
        throw new OrchestratorError("STORE_UNAVAILABLE", "the shared tier is away and no further deletion can be remembered", {
          retryable: true,
        });
      return wasNear;
    }
  }

  return {
    name: `tiered(${l1.name}, ${l2.name})`,
    get(key, options) {
      // No async function on the way of every hit.
      const signal = options?.signal;
      if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
      told?.open();
      const atHand = near.copyOf(key);
      return atHand === undefined ? read(key, signal) : Promise.resolve(atHand);
    },
    peek(key) {
      told?.open();
      return near.peek(key);
    },
    async set(key, value, settings = {}) {
      settings.signal?.throwIfAborted();
      told?.open();
      if (value.byteLength > maxValueBytes) {
        await forget(key, settings.signal);
        return;
      }
      const copy = new Uint8Array(value);
      await keepNear(key, copy, settings.ttlMs ?? Infinity);
      await write(key, copy, settings);
      told?.tell({ key });
    },
    async add(key, value, settings = {}) {
      const { signal, ttlMs } = settings;
      signal?.throwIfAborted();
      told?.open();
      const copy = new Uint8Array(value);
      const bytes = await sealed(copy, ttlMs);
      try {
        if (unsettled.has(key)) await remove(key);
        // Who may compute is worth a longer wait than a value that would only be computed anew.
        const added = await shared.ask(signal, (inTime) => l2.add(key, bytes, { ttlMs, signal: inTime }), true);
        if (added) await keepNear(key, copy, ttlMs ?? Infinity);
        return added;
      } catch {
        signal?.throwIfAborted();
        // What has no end of its own must not outlive the outage here, where the others do not see it.
        return near.add(key, copy, ttlMs ?? staleMs);
      }
    },
    async delete(key, { signal } = {}) {
      signal?.throwIfAborted();
      told?.open();
      return forget(key, signal);
    },
    health: shared.health,
    async close() {
      clearInterval(settling);
      await told?.close();
      await near.close();
      await l2.close?.();
    },
  };
}
