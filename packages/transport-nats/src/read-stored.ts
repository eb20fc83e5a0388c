import type { Connection } from "./connection.ts";
import { createReader, deleteConsumer } from "./consumers.ts";
import type { ApiOptions, JetStream } from "./jetstream.ts";
import { unavailable } from "./nats-errors.ts";
import { pull, type Pulled } from "./pull.ts";

/** Messages in our memory at once. */
const pageSize = 256;

/**
 * Reads what a stream holds under a filter now, from a sequence on; what is stored meanwhile is left for the next reading.
 * Keeps a page in memory. Rejects with `STORE_UNAVAILABLE` when the first message is not there by
 * the deadline, or a later one does not come for `timeoutMs`.
 */
export async function* readStored(
  connection: Connection,
  jet: JetStream,
  stream: string,
  filter: string,
  from: number,
  { signal, deadline = performance.now() + connection.timeoutMs }: ApiOptions = {},
): AsyncGenerator<Pulled, void, void> {
  signal?.throwIfAborted();
  const page: Pulled[] = [];
  const first = await createReader(jet, stream, filter, { sequence: from }, { signal, deadline });
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
      const waitMs = last < from ? deadline - performance.now() : connection.timeoutMs;
      signal?.throwIfAborted();
      // Anew for each wait: what came while the page was read has had its say.
      arrived = Promise.withResolvers();
      const timer = setTimeout(arrived.resolve, Math.max(1, waitMs));
      await arrived.promise;
      clearTimeout(timer);
      signal?.throwIfAborted();
      if (page.length === 0) throw unavailable(`the next stored message did not come in time`);
    }
  } finally {
    signal?.removeEventListener("abort", abort);
    await source.stop();
    deleteConsumer(jet, stream, reader).catch(() => {});
  }
}
