import type { CallOptions } from "@hydrogenai/core";
import type { Connection } from "./connection.ts";
import { createReader, deleteConsumer } from "./consumers.ts";
import type { JetStream } from "./jetstream.ts";
import { unavailable } from "./nats-errors.ts";
import { pull, type Pulled } from "./pull.ts";

/** Messages in our memory at once. */
const pageSize = 256;

/**
 * Reads what a stream holds under a filter now, from a sequence on; what is stored meanwhile is left for the next reading.
 * Keeps a page in memory. Rejects with `STORE_UNAVAILABLE` when nothing comes for `timeoutMs`.
 */
export async function* readStored(
  connection: Connection,
  jet: JetStream,
  stream: string,
  filter: string,
  from: number,
  { signal }: CallOptions = {},
): AsyncGenerator<Pulled, void, void> {
  signal?.throwIfAborted();
  const page: Pulled[] = [];
  const first = await createReader(jet, stream, filter, { sequence: from }, { signal });
  let reader = first.name;
  let left = first.num_pending;
  if (left === 0) return void deleteConsumer(jet, stream, reader).catch(() => {});
  let last = from - 1;
  let arrived = Promise.withResolvers<void>();
  const abort = (): void => arrived.resolve();
  signal?.addEventListener("abort", abort, { once: true });

  const source = pull(connection, stream, {
    unacknowledged: true,
    // The one just made serves first; another one only after a fault.
    attach: async (attachSignal) => {
      if (last < from && reader === first.name) return reader;
      reader = (await createReader(jet, stream, filter, { sequence: last + 1 }, { signal: attachSignal })).name;
      return reader;
    },
    room: () => Math.min(left - page.length, pageSize - page.length),
    onMessage: (message) => {
      last = message.sequence;
      page.push(message);
      arrived.resolve();
    },
  });
  try {
    while (left > 0) {
      const message = page.shift();
      if (message !== undefined) {
        left--;
        source.wake();
        yield message;
        signal?.throwIfAborted();
        continue;
      }
      const timer = setTimeout(arrived.resolve, connection.timeoutMs);
      await arrived.promise;
      clearTimeout(timer);
      arrived = Promise.withResolvers();
      signal?.throwIfAborted();
      if (page.length === 0) throw unavailable(`nothing came within ${connection.timeoutMs} ms`);
    }
  } finally {
    signal?.removeEventListener("abort", abort);
    await source.stop();
    deleteConsumer(jet, stream, reader).catch(() => {});
  }
}
