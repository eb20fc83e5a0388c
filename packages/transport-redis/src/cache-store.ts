import type { CacheStore } from "@hydrogenai/core";
import { connect, type RedisOptions } from "./connection.ts";
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

  return {
    name: "redis",
    get: async (key, callOptions) => {
      const { value } = await connection.send("get", [keyOf(key)], { ...callOptions, bytes: true, repeatable: true });
      return value === null ? undefined : new Uint8Array(value as Buffer);
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
