import type { Embedder, HealthReport } from "@hydrogenai/core";

/** An embedder that is asked for a moment only. */
export interface EmbedInTime {
  /** The vector of a text; undefined when there is none of the right size, or none in time. Rejects as the embedder does, and for the caller's abort. */
  readonly embed: (text: string, signal: AbortSignal | undefined) => Promise<Float32Array | undefined>;
  /** As the last call found it. */
  readonly health: () => HealthReport;
}

/** One that lets `timeoutMs` pass is left alone for `restMs`. */
export function embedInTime(embedder: Embedder, timeoutMs: number, restMs: number): EmbedInTime {
  let restUntil = 0;
  let isAway = false;

  const embed: EmbedInTime["embed"] = (text, signal) =>
    new Promise((resolve, reject) => {
      if (performance.now() < restUntil) return resolve(undefined);
      const inTime = new AbortController();
      const onAbort = (): void => {
        inTime.abort(signal?.reason);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        isAway = true;
        restUntil = performance.now() + restMs;
        inTime.abort();
        resolve(undefined);
      }, timeoutMs);
      signal?.addEventListener("abort", onAbort, { once: true });
      Promise.resolve([text])
        .then((texts) => embedder.embed(texts, { signal: inTime.signal }))
        .then(([vector]) => {
          // A vector of another model is no vector of ours.
          isAway = vector?.length !== embedder.dimensions;
          resolve(isAway ? undefined : vector);
        })
        .catch((error: unknown) => {
          isAway ||= !inTime.signal.aborted;
          reject(error);
        })
        .finally(() => {
          clearTimeout(timer);
          signal?.removeEventListener("abort", onAbort);
        });
    });

  return {
    embed,
    health: () => (isAway ? { status: "degraded", detail: `the embedder ${embedder.name} is away` } : { status: "up" }),
  };
}
