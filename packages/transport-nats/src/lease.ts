import { randomUUID } from "node:crypto";
import type { Connection } from "./connection.ts";
import { type JetStream, type Publisher, unless } from "./jetstream.ts";
import { errorNumbers, hasNumber } from "./nats-errors.ts";
import { pauses } from "./pauses.ts";
import { settled } from "./settled.ts";
import type { Stream } from "./streams.ts";

export interface LeaseOptions {
  readonly connection: Connection;
  readonly jet: JetStream;
  readonly publisher: Publisher;
  readonly stream: Stream;
  readonly subject: string;
  /** How long it stands without being renewed, in milliseconds. */
  readonly leaseMs: number;
  /** It is ours, and was somebody else's or nobody's before. */
  readonly onHeld: () => void;
  /** It may be somebody else's any moment: we could not renew it. */
  readonly onLapsed: () => void;
  /** We could renew it after all, and nobody had it in between. */
  readonly onRegained: () => void;
  /** Somebody else has it. */
  readonly onLost: () => void;
}

/** A claim that at most one process holds at a time; where a process dies, another holds it after `leaseMs` or a little more. */
export interface Lease {
  /** Gives it back, so that another need not wait. */
  readonly release: () => Promise<void>;
}

/** Milliseconds that giving back may take, twice. */
const releaseMs = 500;

interface Claim {
  readonly sequence: number;
  readonly owner: string;
}

/**
 * The last message of a subject says who holds it, and each claim or renewal is written over the one it has seen.
 * No clock is compared: who waits sees for `leaseMs` that nothing was renewed.
 */
export function lease(options: LeaseOptions): Lease {
  const { connection, jet, publisher, stream, subject, leaseMs, onHeld, onLapsed, onRegained, onLost } = options;
  const self = randomUUID();
  const waits = pauses();
  const released = new AbortController();
  let state: "waiting" | "held" | "lapsed" = "waiting";
  /** Sequence of our last claim. */
  let ours = 0;
  let lapseTimer: NodeJS.Timeout | undefined;

  async function last(): Promise<Claim> {
    const call = jet.call<{ message: { seq: number; data?: string } }>(
      `STREAM.MSG.GET.${stream.name}`,
      { last_by_subj: subject },
      { signal: released.signal },
    );
    const found = await unless(call, errorNumbers.messageNotFound);
    if (found === undefined) return { sequence: 0, owner: "" };
    return { sequence: found.message.seq, owner: Buffer.from(found.message.data ?? "", "base64").toString() };
  }

  /** Writes over what we saw; answers false where somebody else did first. */
  async function write(owner: string, over: number, deadline: number): Promise<boolean> {
    const askedAt = performance.now();
    try {
      const request = { subject, payload: owner, messageId: randomUUID(), expectedSequence: over, deadline };
      ours = (await publisher.publish(request)).sequence;
      if (owner === self) hold(askedAt + leaseMs);
      return true;
    } catch (error) {
      if (hasNumber(error, errorNumbers.wrongLastSequence)) return false;
      throw error;
    }
  }

  function hold(until: number): void {
    clearTimeout(lapseTimer);
    lapseTimer = setTimeout(
      () => {
        if (state !== "held") return;
        state = "lapsed";
        onLapsed();
      },
      Math.max(0, until - performance.now()),
    );
    const before = state;
    state = "held";
    if (before === "waiting") onHeld();
    else if (before === "lapsed") onRegained();
  }

  async function claim(): Promise<void> {
    await stream.ensure();
    const seen = await last();
    if (seen.owner !== "" && !(await stayed(seen))) return;
    await write(self, seen.sequence, performance.now() + leaseMs);
  }

  /** Watches a claim for the time it stands; answers true when nobody renewed it. */
  async function stayed(seen: Claim): Promise<boolean> {
    const since = performance.now();
    const listening = connection.listen(subject, waits.wake);
    try {
      while (!waits.ended()) {
        const leftMs = since + leaseMs - performance.now();
        if (leftMs > 0) await waits.pause(Math.min(leftMs, leaseMs / 3));
        const now = await last();
        if (now.sequence !== seen.sequence) return false;
        if (performance.now() - since >= leaseMs) return true;
      }
      return false;
    } finally {
      listening.stop();
    }
  }

  async function renew(): Promise<void> {
    await waits.pause(leaseMs / 3);
    if (waits.ended()) return;
    await stream.ensure();
    if (await write(self, ours, performance.now() + leaseMs)) return;
    const now = await last();
    // Our own write whose answer was lost; or the stream was lost, and with it every claim.
    if (now.owner === self || (now.owner === "" && now.sequence < ours)) ours = now.sequence;
    else {
      clearTimeout(lapseTimer);
      state = "waiting";
      onLost();
    }
  }

  async function run(): Promise<void> {
    while (!waits.ended()) {
      try {
        await connection.usable(performance.now() + connection.timeoutMs, released.signal);
        await (state === "waiting" ? claim() : renew());
      } catch {
        stream.forget();
        await waits.pause(100);
      }
    }
  }

  const running = run();

  return {
    release: async () => {
      if (waits.ended()) return;
      waits.end();
      clearTimeout(lapseTimer);
      released.abort();
      // A renewal under way is waited for, so that what it wrote can be given back; a server that does not answer is not.
      await settled(running, { deadline: performance.now() + releaseMs }).catch(() => {});
      if (state !== "waiting" && connection.connected()) await write("", ours, performance.now() + releaseMs).catch(() => {});
    },
  };
}
