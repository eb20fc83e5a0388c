import { frozenOwn } from "../memory/frozen-copy.ts";
import type { HealthReport } from "../ports/call.ts";
import type { OrchestratorEvent } from "../ports/event.ts";
import type { EventBus } from "../ports/event-bus.ts";
import type { EventLog } from "../ports/event-log.ts";
import type { JsonObject } from "../ports/json.ts";
import { randomId } from "../random-id.ts";

/** What happened, before it has an envelope. */
export interface Happening {
  /** What makes it the same event when it is told again. @default a random one */
  readonly id?: string | undefined;
  /** Dotted, in the past tense. */
  readonly type: string;
  readonly subject?: string | undefined;
  /** The event's own from now on, and frozen. */
  readonly data: JsonObject;
  readonly correlationId?: string | undefined;
  readonly tenant?: string | undefined;
  /** Also append to this stream of the log. */
  readonly stream?: string | undefined;
}

/** Tells log, bus and listeners what happened, in order, without ever holding up or failing an answer. */
export interface Recorder {
  readonly record: (happening: Happening) => void;
  /** Resolves when everything recorded so far was taken, or after `timeoutMs`. */
  readonly flush: (timeoutMs: number) => Promise<void>;
  readonly health: () => HealthReport;
  readonly close: () => void;
}

interface RecorderParts {
  readonly log: EventLog;
  readonly bus: EventBus;
  readonly source: string;
  readonly maxWaiting: number;
  readonly emit: (event: OrchestratorEvent) => void;
}

let timeMs = 0;
let timeText = "";

/** The time of day as text, which is made once a millisecond. */
function timeNow(): string {
  const now = Date.now();
  if (now !== timeMs) {
    timeMs = now;
    timeText = new Date(now).toISOString();
  }
  return timeText;
}

const firstRetryMs = 50;
const maxRetryMs = 2_000;

export function recorder({ log, bus, source, maxWaiting, emit }: RecorderParts): Recorder {
  const waiting: { readonly event: OrchestratorEvent; readonly stream: string | undefined; logged: boolean }[] = [];
  let idle: Promise<void> | undefined;
  let wake: (() => void) | undefined;
  let dropped = 0;
  let failure: string | undefined;
  let closed = false;

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  async function drain(): Promise<void> {
    let retryMs = firstRetryMs;
    for (let next = waiting[0]; next !== undefined && !closed; next = waiting[0]) {
      try {
        // The event's id makes both idempotent, so an unknown outcome is simply tried again.
        if (!next.logged && next.stream !== undefined) await log.append(next.stream, [next.event]);
        next.logged = true;
        await bus.publish(next.event);
        if (waiting[0] === next) waiting.shift();
        failure = undefined;
        retryMs = firstRetryMs;
      } catch (error) {
        failure = error instanceof Error ? error.message : String(error);
        await pause(retryMs);
        retryMs = Math.min(maxRetryMs, retryMs * 2);
      }
    }
    idle = undefined;
  }

  return {
    record({ id = randomId(), type, subject, data, correlationId, tenant, stream }) {
      // One for log, bus and listeners together.
      const event: OrchestratorEvent = frozenOwn({
        specversion: "1.0",
        id,
        source,
        type,
        subject,
        time: timeNow(),
        datacontenttype: "application/json",
        data,
        correlationid: correlationId,
        tenant,
      });
      emit(event);
      if (closed) return;
      if (waiting.length >= maxWaiting) {
        waiting.shift();
        dropped++;
      }
      waiting.push({ event, stream, logged: false });
      idle ??= drain();
    },
    async flush(timeoutMs) {
      if (idle === undefined) return;
      wake?.();
      let timer: NodeJS.Timeout | undefined;
      const limit = new Promise<void>((resolve) => (timer = setTimeout(resolve, timeoutMs)));
      await Promise.race([idle, limit]);
      clearTimeout(timer);
    },
    health() {
      const lost = dropped === 0 ? "" : `, ${dropped} dropped`;
      if (failure === undefined) return { status: dropped === 0 ? "up" : "degraded", detail: `${waiting.length} waiting${lost}` };
      return { status: "degraded", detail: `${waiting.length} events wait${lost}: ${failure}` };
    },
    close() {
      closed = true;
      wake?.();
    },
  };
}
