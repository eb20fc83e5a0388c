import { OrchestratorError } from "@hydrogenai/core";

/** How long one call of a vendor may take and how much it may answer. */
export interface CallLimits {
  /** Milliseconds from the call to the vendor's first event. @default 15000 */
  readonly firstByteTimeoutMs?: number | undefined;
  /** Milliseconds between two events that carry data; comments and pings are none. @default 15000 */
  readonly idleTimeoutMs?: number | undefined;
  /** Milliseconds of the whole call. @default 120000 */
  readonly timeoutMs?: number | undefined;
  /** Bytes of a reply after decompression; of a streamed one without the names around each piece of it. @default 8388608 */
  readonly maxReplyBytes?: number | undefined;
}

export type CheckedLimits = Readonly<Record<keyof CallLimits, number>>;

const defaults: CheckedLimits = { firstByteTimeoutMs: 15_000, idleTimeoutMs: 15_000, timeoutMs: 120_000, maxReplyBytes: 8 * 1024 * 1024 };

/** The longest time a timer of Node can wait. */
const maxTimerMs = 2 ** 31 - 1;

/** The limits with their defaults; throws `CONFIG_INVALID` for one that is no number above 0. */
export function checkedLimits(given: CallLimits): CheckedLimits {
  const limit = (name: keyof CallLimits): number => {
    const value = given[name] ?? defaults[name];
    if (typeof value === "number" && value > 0) return Math.min(value, maxTimerMs);
    throw new OrchestratorError("CONFIG_INVALID", `${name} must be a number above 0, and is ${String(value)}`);
  };
  return {
    firstByteTimeoutMs: limit("firstByteTimeoutMs"),
    idleTimeoutMs: limit("idleTimeoutMs"),
    timeoutMs: limit("timeoutMs"),
    maxReplyBytes: limit("maxReplyBytes"),
  };
}
