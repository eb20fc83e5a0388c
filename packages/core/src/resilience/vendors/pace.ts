/** How long one attempt may take, within what is left of the call. */
export interface PaceParts {
  readonly startedMs: number;
  readonly deadlineMs: number;
  readonly firstTokenTimeoutMs: number;
  readonly idleTimeoutMs: number;
  /** Whether another vendor could take over: then half of what is left is kept for it. */
  readonly hasOthers: boolean;
}

/** Pieces a second below which an answer only drips. */
const minPiecesPerSecond = 2;

/**
 * When the vendor must have said something more. A vendor that is silent, or drips, is given up in time for the next one; an answer that
 * comes along at a normal pace may take all the time there is.
 */
export function pace({ startedMs, deadlineMs, firstTokenTimeoutMs, idleTimeoutMs, hasOthers }: PaceParts) {
  const halfMs = startedMs + (deadlineMs - startedMs) / (hasOthers ? 2 : 1);
  let pieces = 0;
  return {
    /** A piece of the answer came. */
    piece: () => void pieces++,
    dueMs(nowMs: number): number {
      if (pieces === 0) return Math.min(startedMs + firstTokenTimeoutMs, halfMs);
      const drips = pieces < ((nowMs - startedMs) / 1000) * minPiecesPerSecond;
      return Math.min(nowMs + idleTimeoutMs, drips ? halfMs : deadlineMs);
    },
    why: (): string => (pieces === 0 ? "no token came in time" : "the answer did not go on in time"),
  };
}
