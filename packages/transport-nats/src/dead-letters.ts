import type { CallOptions } from "@hydrogenai/core";
import { checkCount } from "./checks.ts";
import type { Connection } from "./connection.ts";
import { type JetStream, publisher } from "./jetstream.ts";
import { backoff, type Pauses } from "./pauses.ts";
import { readStored } from "./read-stored.ts";
import { nanoseconds, stream } from "./streams.ts";
import { word } from "./subjects.ts";

/** What handlers could not take, kept in a stream of its own. */
export interface DeadLetters<Letter> {
  /** Keeps trying until it is stored, or the waits of the owner have ended: then answers false. Two letters of one id are one. */
  readonly bury: (id: string, letter: Letter) => Promise<boolean>;
  readonly list: (options?: CallOptions) => Promise<readonly Letter[]>;
  readonly close: () => void;
}

export interface DeadLettersOptions {
  readonly connection: Connection;
  readonly jet: JetStream;
  readonly prefix: string;
  /** Which letters: one word. */
  readonly kind: string;
  readonly maxDead: number;
  readonly replicas: number;
  readonly waits: Pauses;
}

const duplicateWindowMs = 120_000;
const maxBytes = 32 * 1_024 * 1_024;

export function deadLetters<Letter>(options: DeadLettersOptions): DeadLetters<Letter> {
  const { connection, jet, prefix, kind, waits } = options;
  const subject = `${prefix}.dead.${kind}`;
  const store = stream(connection, jet, {
    name: `${prefix}_dead_${kind}`,
    subjects: [subject],
    retention: "limits",
    discard: "old",
    max_bytes: maxBytes,
    max_msgs_per_subject: checkCount("maxDead", options.maxDead),
    duplicate_window: nanoseconds(duplicateWindowMs),
    num_replicas: options.replicas,
  });
  const out = publisher(connection, store.recover);

  return {
    bury: async (id, letter) => {
      for (let failures = 0; !waits.ended();) {
        try {
          await store.ensure();
          await out.publish({ subject, payload: JSON.stringify(letter), messageId: word(id) });
          return true;
        } catch {
          await waits.pause(backoff(50, ++failures, 1_000));
        }
      }
      return false;
    },
    list: async ({ signal } = {}) => {
      const call = { signal, deadline: performance.now() + connection.timeoutMs };
      await store.ensure(call);
      const found: Letter[] = [];
      for await (const { data } of readStored(connection, jet, store.name, subject, 1, call))
        // We wrote it.
        found.push(JSON.parse(new TextDecoder().decode(data)) as Letter);
      return found;
    },
    close: () => {
      out.close();
      store.close();
    },
  };
}
