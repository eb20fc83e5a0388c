import { isOrchestratorError } from "../errors.ts";
import { fifo, type Fifo } from "../memory/fifo.ts";
import type { EventBus, PublishReceipt } from "../ports/event-bus.ts";
import type { Parcel } from "./fallback-outbox.ts";

export interface BusSessionOptions {
  readonly bus: EventBus;
  readonly now: () => number;
  readonly onTaken: (parcel: Parcel, receipt: PublishReceipt) => void;
  /** The bus will not take this event, and would not later. */
  readonly onRefused: (parcel: Parcel, error: unknown) => void;
  /** The bus does not serve; called once. Nothing further is sent. */
  readonly onFailed: (error: unknown) => void;
}

/** The time during which one bus serves. */
export interface BusSession {
  readonly send: (parcel: Parcel) => void;
  /** Milliseconds that the longest publish under way has taken. */
  readonly oldestMs: () => number;
  /** How many events the bus took. */
  readonly count: () => number;
  /** Nothing under way, nothing waiting. */
  readonly idle: () => boolean;
  readonly stop: () => void;
}

/** Says that the bus cannot serve now, as opposed to: that it does not want this event. */
function meansAway(error: unknown): boolean {
  if (!isOrchestratorError(error)) return true;
  return error.retryable || ["STORE_UNAVAILABLE", "STORE_FULL", "STATE_LOST", "DEADLINE_EXCEEDED", "CLOSED"].includes(error.code);
}

/** Publishes under way at once; more would only wait inside the client, where their time runs. */
const maxUnderWay = 256;

/** Publishes on one bus: a subject's events one after the other, so that they keep their order whatever fails; subjects side by side. */
export function busSession({ bus, now, onTaken, onRefused, onFailed }: BusSessionOptions): BusSession {
  /** The events of each subject that wait or are under way. */
  const lanes = new Map<string, Fifo<Parcel>>();
  /** Subjects with something waiting and nothing under way. */
  const ready = fifo<string>();
  // In the order they were begun, so that the first is the oldest.
  const begun = new Map<Parcel, number>();
  let count = 0;
  let stopped = false;

  function pump(): void {
    while (begun.size < maxUnderWay && ready.size() > 0 && !stopped) {
      const subject = ready.shift() ?? "";
      const parcel = lanes.get(subject)?.shift();
      if (parcel !== undefined) void publish(subject, parcel);
    }
  }

  async function publish(subject: string, parcel: Parcel): Promise<void> {
    begun.set(parcel, now());
    try {
      const receipt = await bus.publish(parcel.event);
      count++;
      // Also when this bus was given up meanwhile: it has the event.
      onTaken(parcel, receipt);
    } catch (error) {
      if (!meansAway(error)) onRefused(parcel, error);
      else if (!stopped) {
        stopped = true;
        onFailed(error);
      }
    }
    begun.delete(parcel);
    if ((lanes.get(subject)?.size() ?? 0) > 0) ready.push(subject);
    else lanes.delete(subject);
    pump();
  }

  return {
    send: (parcel) => {
      const subject = parcel.event.subject ?? "";
      const lane = lanes.get(subject);
      if (lane !== undefined) return lane.push(parcel);
      const fresh = fifo<Parcel>();
      fresh.push(parcel);
      lanes.set(subject, fresh);
      ready.push(subject);
      pump();
    },
    oldestMs: () => {
      for (const since of begun.values()) return now() - since;
      return 0;
    },
    count: () => count,
    idle: () => lanes.size === 0,
    stop: () => {
      stopped = true;
    },
  };
}
