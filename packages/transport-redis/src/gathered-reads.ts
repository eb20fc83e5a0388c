import type { CallOptions } from "@hydrogenai/core";

/** How keys are read. */
export interface Reads {
  readonly one: (key: string, options: CallOptions) => Promise<Buffer | null>;
  /** In one command; a value for each key, in their order. */
  readonly all: (keys: readonly string[]) => Promise<readonly (Buffer | null)[]>;
}

interface Waiting {
  readonly key: string;
  readonly resolve: (value: Buffer | null) => void;
  readonly reject: (reason: unknown) => void;
}

/** One command is not to hold up the others for long. */
const maxKeys = 256;

/**
 * Reads of one key each that are asked for in the same moment go to the server as one command. A read with a signal goes alone, so
 * that an abort is its own.
 */
export function gatheredReads({ one, all }: Reads): (key: string, options?: CallOptions) => Promise<Buffer | null> {
  let waiting: Waiting[] = [];

  function send(): void {
    const batch = waiting;
    waiting = [];
    const [first] = batch;
    if (batch.length === 1 && first !== undefined) {
      one(first.key, {}).then(first.resolve, first.reject);
      return;
    }
    all(batch.map(({ key }) => key)).then(
      (values) => {
        for (const [at, { resolve }] of batch.entries()) resolve(values[at] ?? null);
      },
      (error: unknown) => {
        for (const { reject } of batch) reject(error);
      },
    );
  }

  return (key, options) => {
    if (options?.signal !== undefined) return one(key, options);
    return new Promise((resolve, reject) => {
      if (waiting.length === 0) queueMicrotask(send);
      else if (waiting.length >= maxKeys) send();
      waiting.push({ key, resolve, reject });
    });
  };
}
