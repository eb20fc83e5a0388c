/** One thing to measure: `start` prepares it and answers the work of one operation. */
export interface Subject {
  readonly start: () => Promise<() => Promise<unknown>>;
  /** Operations before anything is timed. */
  readonly warmUp: number;
  /** Operations of one timed batch. */
  readonly batch: number;
}
