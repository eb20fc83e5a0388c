/** Keeps retries of one vendor to a tenth of first attempts, beside a reserve of ten for quiet times. */
export interface RetryBudget {
  /** A call made its first attempt. */
  readonly earn: () => void;
  /** True when one more retry is allowed, which is then used. */
  readonly spend: () => boolean;
}

const reserve = 10;
const share = 0.1;

export function retryBudget(): RetryBudget {
  let left = reserve;
  return {
    earn() {
      left = Math.min(reserve, left + share);
    },
    spend() {
      if (left < 1) return false;
      left--;
      return true;
    },
  };
}
