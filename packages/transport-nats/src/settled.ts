import { unavailable } from "./nats-errors.ts";

export interface SettleOptions {
  readonly signal?: AbortSignal | undefined;
  /** In terms of `performance.now()`. */
  readonly deadline: number;
}

/** Settles like the promise, or rejects with the signal's reason, or with `STORE_UNAVAILABLE` at the deadline, whatever becomes of the promise. */
export function settled<T>(promise: Promise<T>, { signal, deadline }: SettleOptions): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    };
    const onAbort = (): void => {
      end();
      reject(signal?.reason);
    };
    const timer = setTimeout(
      () => {
        end();
        reject(unavailable("no answer in time; the outcome is unknown"));
      },
      Math.max(1, deadline - performance.now()),
    );
    if (signal?.aborted === true) return onAbort();
    signal?.addEventListener("abort", onAbort, { once: true });
    promise.then(
      (value) => (end(), resolve(value)),
      (error: unknown) => (end(), reject(error)),
    );
  });
}
