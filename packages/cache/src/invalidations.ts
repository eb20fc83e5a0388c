import { randomUUID } from "node:crypto";
import type { EventBus, Json, OrchestratorEvent, Subscription } from "@hydrogenai/core";

/** What one instance of the cache tells the others, and whether it still hears them. */
export interface Invalidations {
  /** Begins to listen; harmless when it already does. */
  readonly open: () => void;
  /** True while what others say is known to arrive. */
  readonly heard: () => boolean;
  /** Tells the others, now or once the bus is back, and does not wait for it. */
  readonly tell: (data: Json) => void;
  readonly close: () => Promise<void>;
}

export interface InvalidationsOptions {
  readonly bus: EventBus;
  /** Event type; instances of one type belong together. */
  readonly type: string;
  /** Milliseconds without hearing ourselves after which the subscription counts as lost. */
  readonly silenceMs: number;
  readonly onTold: (data: Json) => void;
  /** The subscription was lost: things may have been said meanwhile. */
  readonly onLost: () => void;
  /** Said instead of what could not be told when that is too much to keep. */
  readonly summary: Json;
}

const maxUntold = 1_000;
/** What is to be told waits so long for more, to go as one event. */
const gatherMs = 5;
const maxGathered = 500;
/** Publications under way at once; a bus that hangs holds no more. */
const maxTelling = 1_000;

/**
 * A bus may lose a subscription without a word, so every instance also listens for its own pulse. Before the first pulse is back,
 * and once one is overdue, nothing is `heard`.
 */
export function invalidations({ bus, type, silenceMs, onTold, onLost, summary }: InvalidationsOptions): Invalidations {
  const source = `/cache/${randomUUID()}`;
  let subscription: Promise<Subscription> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let lastHeardAt = Number.NEGATIVE_INFINITY;
  let tier: string | undefined;
  let hearing = false;
  let closed = false;
  let untold: Json[] = [];
  let gathered: Json[] = [];
  let gathering: NodeJS.Timeout | undefined;
  let telling = 0;
  let pulsing = false;

  const event = (data: Json): OrchestratorEvent => ({
    specversion: "1.0",
    id: randomUUID(),
    source,
    type,
    subject: source,
    time: new Date().toISOString(),
    datacontenttype: "application/json",
    data,
  });

  function lose(): void {
    if (!hearing) return;
    hearing = false;
    onLost();
  }

  function receive({ source: from, data }: OrchestratorEvent): void {
    if (typeof data !== "object" || data === null) return;
    if (from !== source) {
      if ("told" in data && Array.isArray(data["told"])) for (const each of data["told"] as readonly Json[]) onTold(each);
      return;
    }
    if (!("pulseAt" in data)) return;
    lastHeardAt = Math.max(lastHeardAt, Number(data["pulseAt"]));
    hearing = !closed && performance.now() - lastHeardAt < silenceMs && bus.health?.().status !== "down";
  }

  async function publish(data: Json): Promise<void> {
    subscription ??= bus.subscribe(type, receive);
    await subscription.catch((error: unknown) => {
      subscription = undefined;
      throw error;
    });
    const receipt = await bus.publish(event(data));
    // On another tier the others may not be listening.
    if (tier !== undefined && tier !== receipt.tier) lose();
    tier = receipt.tier;
  }

  /** To be said with a later pulse; too much of it becomes the summary. */
  function keep(told: readonly Json[]): void {
    untold = untold.length + told.length <= maxUntold ? [...untold, ...told] : [summary];
  }

  async function tellGathered(): Promise<void> {
    clearTimeout(gathering);
    gathering = undefined;
    if (gathered.length === 0) return;
    const told = gathered;
    gathered = [];
    if (telling >= maxTelling) return keep(told);
    telling++;
    try {
      await publish({ told });
    } catch {
      keep(told);
      lose();
    } finally {
      telling--;
    }
  }

  function tell(data: Json): void {
    if (closed) return;
    gathered.push(data);
    if (gathered.length >= maxGathered) void tellGathered();
    else gathering ??= setTimeout(() => void tellGathered(), gatherMs).unref();
  }

  function pulse(): void {
    const waiting = untold;
    untold = [];
    for (const data of waiting) tell(data);
    if (pulsing) return;
    pulsing = true;
    publish({ pulseAt: performance.now() })
      .catch(lose)
      .finally(() => {
        pulsing = false;
      });
  }

  function beat(): void {
    if (performance.now() - lastHeardAt >= silenceMs || bus.health?.().status === "down") lose();
    pulse();
  }

  return {
    open() {
      if (timer !== undefined || closed) return;
      timer = setInterval(beat, silenceMs / 4);
      timer.unref();
      beat();
    },
    heard: () => hearing,
    tell,
    async close() {
      closed = true;
      hearing = false;
      void tellGathered();
      clearInterval(timer);
      await (await subscription?.catch(() => undefined))?.close();
    },
  };
}
