import { setTimeout as sleep } from "node:timers/promises";
import { OrchestratorError } from "@hydrogenai/core";
import type { Connection } from "./connection.ts";
import { type ApiOptions, type JetStream, unless } from "./jetstream.ts";
import { errorNumbers } from "./nats-errors.ts";
import { settled } from "./settled.ts";

/**
 * What a stream is created with, in the words of JetStream (times in nanoseconds).
 *
 * Where nothing may be dropped (`discard: "new"`) the bound is `max_msgs`: with `max_bytes` nats-server 2.9 compares less than it
 * stores, lets a message in that does not fit, and then drops the oldest, acknowledged or not.
 */
export interface StreamSettings {
  readonly name: string;
  readonly subjects: readonly string[];
  readonly retention: "limits" | "workqueue";
  readonly discard: "old" | "new";
  readonly max_bytes?: number;
  readonly max_msgs?: number;
  readonly max_age?: number;
  readonly max_msgs_per_subject?: number;
  readonly discard_new_per_subject?: boolean;
  readonly duplicate_window: number;
  readonly num_replicas: number;
}

/** A stream as the server reports it. */
export interface StreamInfo {
  readonly config: {
    readonly subjects?: readonly string[];
    readonly retention: string;
    readonly discard: string;
    readonly max_age: number;
    readonly max_msgs_per_subject: number;
  };
  /** When it was created: another time is another stream. */
  readonly created: string;
  readonly state: { readonly messages: number; readonly first_seq: number; readonly last_seq: number };
}

/** A stream that is created when it is missing and verified when it is there; bounds an operator gave it are left alone. */
export interface Stream {
  readonly name: string;
  /** The stream as it is now, or undefined. */
  readonly find: (options?: ApiOptions) => Promise<StreamInfo | undefined>;
  /** The stream as it is now. Creates it if need be; throws `CONFIG_INVALID` where one of that name is of another kind. */
  readonly look: (options?: ApiOptions) => Promise<StreamInfo>;
  /** As `look`, but asks the server only once, and again after a reconnect or `forget`. */
  readonly ensure: (options?: ApiOptions) => Promise<StreamInfo>;
  /** It may be gone: asks the server again next time. */
  readonly forget: () => void;
  /** Nobody takes its subjects: it is gone, or the server is only starting. Looks again, and makes it anew if need be. */
  readonly recover: () => void;
  readonly close: () => void;
}

/** Milliseconds between the end of a stream and the next of its name: a server still deletes the old files, and would take new ones with them. */
const settleMs = 250;

export const nanoseconds = (ms: number): number => Math.round(ms * 1e6);

export function stream(connection: Connection, jet: JetStream, settings: StreamSettings): Stream {
  const { name } = settings;
  let known: Promise<StreamInfo> | undefined;
  let wasThere = false;
  let recovering = false;
  const forget = (): void => {
    known = undefined;
  };
  const stopWatching = connection.onChange(forget);

  function verify(info: StreamInfo): StreamInfo {
    const { subjects = [], retention, discard, max_age: maxAge, max_msgs_per_subject: perSubject } = info.config;
    const missing = settings.subjects.find((subject) => !subjects.includes(subject));
    const wrong =
      missing !== undefined
        ? `does not take ${missing}`
        : retention !== settings.retention
          ? `keeps messages by ${retention}, not ${settings.retention}`
          : perSubject > 0 !== (settings.max_msgs_per_subject !== undefined)
            ? `keeps ${perSubject} messages a subject`
            : settings.discard === "new" && (discard !== "new" || maxAge > 0)
              ? "drops what is old"
              : undefined;
    if (wrong !== undefined) throw new OrchestratorError("CONFIG_INVALID", `the NATS stream ${name} is there and ${wrong}`);
    return info;
  }

  async function find(options?: ApiOptions): Promise<StreamInfo | undefined> {
    const found = await unless(jet.call<StreamInfo>(`STREAM.INFO.${name}`, undefined, options), errorNumbers.streamNotFound);
    return found === undefined ? undefined : verify(found);
  }

  async function look(options?: ApiOptions): Promise<StreamInfo> {
    let found = await find(options);
    if (found === undefined && wasThere) {
      await sleep(settleMs);
      found = await find(options);
    }
    wasThere = true;
    if (found !== undefined) return found;
    // Another process may be quicker, and may know other bounds.
    const made = await unless(
      jet.call<StreamInfo>(`STREAM.CREATE.${name}`, { ...settings, storage: "file" }, options),
      errorNumbers.streamExists,
    );
    return made ?? (await look(options));
  }

  async function ensure({ signal, deadline = performance.now() + connection.timeoutMs }: ApiOptions = {}): Promise<StreamInfo> {
    // Shared by all who ask meanwhile, so nobody's signal ends it.
    const asked = (known ??= look());
    asked.catch(() => {
      if (known === asked) known = undefined;
    });
    return await settled(asked, { signal, deadline });
  }

  return {
    name,
    find,
    look,
    ensure,
    forget,
    recover: () => {
      if (recovering) return;
      recovering = true;
      forget();
      ensure()
        .catch(() => {})
        .finally(() => {
          recovering = false;
        });
    },
    close: stopWatching,
  };
}
