import type { Embedder } from "@hydrogenai/core";

/** The vector of a text; undefined when there is none of the right size, or none in time. */
export type EmbedInTime = (text: string, signal: AbortSignal | undefined) => Promise<Float32Array | undefined>;

/**
 * Asks an embedder for a moment only. One that lets the moment pass is left alone for `restMs`; its failures and the caller's abort reject.
 */
export function embedInTime(embedder: Embedder, timeoutMs: number, restMs: number): EmbedInTime {
  let restUntil = 0;

  return (text, signal) =>
    new Promise((resolve, reject) => {
      if (performance.now() < restUntil) return resolve(undefined);
      const inTime = new AbortController();
      const onAbort = (): void => {
        inTime.abort(signal?.reason);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        restUntil = performance.now() + restMs;
        inTime.abort();
        resolve(undefined);
      }, timeoutMs);
      signal?.addEventListener("abort", onAbort, { once: true });
      Promise.resolve([text])
        .then((texts) => embedder.embed(texts, { signal: inTime.signal }))
        .then(([vector]) => {
          // A vector of another model is no vector of ours.
          resolve(vector?.length === embedder.dimensions ? vector : undefined);
        })
        .catch(reject)
        .finally(() => {
          clearTimeout(timer);
          signal?.removeEventListener("abort", onAbort);
        });
    });
}
