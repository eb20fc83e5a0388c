/** A share of the last answers took at most so long, in milliseconds. */
export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
}

const samples = 64;
const minSamples = 8;

/** The last 64 times, written over in turn. */
export function recentTimes() {
  const times = new Float64Array(samples);
  let count = 0;
  return {
    add: (ms: number): void => void (times[count++ % samples] = ms),
    /** Undefined while there are fewer than eight. */
    percentiles(): Percentiles | undefined {
      const known = times.slice(0, Math.min(count, samples)).sort();
      const at = (share: number): number => known[Math.min(known.length - 1, Math.floor(known.length * share))]!;
      return known.length < minSamples ? undefined : { p50: at(0.5), p95: at(0.95) };
    },
  };
}
