/**
 * Milliseconds since 1970, the same for all processes as far as their clocks agreed when they started. It goes on with the monotonic clock,
 * so that setting the system's time moves no window and no expiry.
 */
export const sinceEpochMs = (): number => performance.timeOrigin + performance.now();
