import type { CacheStore, CallOptions } from "@hydrogenai/core";
import { connect, type RedisOptions } from "./connection.ts";
import { gatheredReads } from "./gathered-reads.ts";
import { checkTag, encodeName } from "./keys.ts";
import { unavailable } from "./redis-errors.ts";
import { checkTtl } from "./values.ts";

export type RedisCacheStoreOptions = RedisOptions;

const bytesOf = (value: Uint8Array): Buffer => Buffer.from(value.buffer, value.byteOffset, value.byteLength);

/**
 * A cache in Redis, shared by all processes with the same prefix; one string a key, nothing else.
 * Redis may evict values at will, so this may share a server with durable stores only under `noeviction` and with a `ttlMs`.
 */
export function redisCacheStore(options: RedisCacheStoreOptions): CacheStore {
  const prefix = checkTag("prefix", options.prefix ?? "hydrogenai");
  const connection = connect(options);
  const keyOf = (key: string): string => `${prefix}:cache:${encodeName(key)}`;
  const lifetime = (ttlMs: number | undefined): (string | number)[] => (ttlMs === undefined ? [] : ["PX", checkTtl(ttlMs)]);

  // The keys of one command must be on one node of a cluster, so there every key goes alone.
  const alone = typeof options.redis !== "string" && (options.redis as { readonly isCluster?: boolean }).isCluster === true;

  const one = async (key: string, callOptions: CallOptions): Promise<Buffer | null> =>
    (await connection.send("get", [key], { ...callOptions, bytes: true, repeatable: true })).value as Buffer | null;
  const all = async (keys: readonly string[]): Promise<readonly (Buffer | null)[]> =>
    alone
      ? Promise.all(keys.map((key) => one(key, {})))
      : ((await connection.send("mget", keys, { bytes: true, repeatable: true })).value as (Buffer | null)[]);
  const read = gatheredReads({ one, all });

  return {
    name: "redis",
    get: async (key, callOptions) => {
      const value = await read(keyOf(key), callOptions);
      return value === null ? undefined : new Uint8Array(value);
    },
    set: async (key, value, { ttlMs, signal } = {}) => {
      // Copied at once: the caller may change the buffer while we wait for the connection.
      const copy = Buffer.from(bytesOf(value));
      await connection.send("set", [keyOf(key), copy, ...lifetime(ttlMs)], { signal });
    },
    add: async (key, value, { ttlMs, signal } = {}) => {
      const copy = Buffer.from(bytesOf(value));
      const { value: answer, repeated } = await connection.send("set", [keyOf(key), copy, "NX", ...lifetime(ttlMs)], { signal });
      if (answer === null && repeated) throw unavailable("the connection broke while a key was added; the outcome is unknown");
      return answer !== null;
    },
    delete: async (key, callOptions) => {
      const { value, repeated } = await connection.send("del", [keyOf(key)], { ...callOptions, repeatable: true });
      return value === 1 || repeated;
    },
    close: async () => connection.close(),
  };
}
