import { OrchestratorError, type VectorIndex } from "@hydrogenai/core";
import { connect, type RedisOptions } from "./connection.ts";
import { checkTag, decodeName, encodeName } from "./keys.ts";
import { checkCount, checkTtl } from "./values.ts";

export interface RedisVectorIndexOptions extends RedisOptions {
  /** Numbers a vector. */
  readonly dimensions: number;
  /** Milliseconds after which a shelf that nothing was added to is forgotten. @default 604800000 (7 days) */
  readonly ttlMs?: number | undefined;
}

function bytesOf(vector: Float32Array, dimensions: number): Buffer {
  const length = vector.length === dimensions ? Math.hypot(...vector) : Number.NaN;
  if (!(Math.abs(length - 1) <= 1e-3))
    throw new OrchestratorError(
      "CONFIG_INVALID",
      `a vector must have ${dimensions} numbers and length 1, not ${vector.length} and ${length}`,
    );
  const bytes = Buffer.alloc(dimensions * 4);
  for (const [at, value] of vector.entries()) bytes.writeFloatLE(value, at * 4);
  return bytes;
}

/**
 * Vectors in a Redis that has vector sets (8 or later), one set a shelf, shared by all processes with the same prefix. Every vector of the
 * shelf is compared in full, by the server. A server without vector sets rejects every call with `CONFIG_INVALID`.
 */
export function redisVectorIndex(options: RedisVectorIndexOptions): VectorIndex {
  const prefix = checkTag("prefix", options.prefix ?? "hydrogenai");
  const dimensions = checkCount("dimensions", options.dimensions);
  const ttlMs = checkTtl(options.ttlMs ?? 7 * 24 * 3_600_000);
  const connection = connect(options);
  const keyOf = (shelf: string): string => `${prefix}:vectors:${dimensions}:${encodeName(shelf)}`;

  async function send(command: string, args: readonly (string | number | Buffer)[], signal: AbortSignal | undefined) {
    try {
      return await connection.send(command, args, { signal, repeatable: true });
    } catch (error) {
      if (!(error instanceof Error) || !error.message.includes("unknown command")) throw error;
      throw new OrchestratorError("CONFIG_INVALID", "this Redis has no vector sets, which come with version 8", { cause: error });
    }
  }

  return {
    name: "redis",
    dimensions,
    async add(shelf, key, vector, { signal } = {}) {
      signal?.throwIfAborted();
      const bytes = bytesOf(vector, dimensions);
      await send("vadd", [keyOf(shelf), "FP32", bytes, encodeName(key), "NOQUANT"], signal);
      await send("pexpire", [keyOf(shelf), ttlMs], signal);
    },
    async search(shelf, vector, { atLeast, limit, signal }) {
      signal?.throwIfAborted();
      const asked = ["FP32", bytesOf(vector, dimensions), "WITHSCORES", "COUNT", limit, "TRUTH"];
      const { value } = await send("vsim", [keyOf(shelf), ...asked], signal);
      // Key, score, key, score and so on; a score is 0 for the opposite direction and 1 for the same.
      const said = value as readonly string[];
      const matches = Array.from({ length: said.length / 2 }, (_, at) => ({
        key: decodeName(said[at * 2] ?? ""),
        likeness: Number(said[at * 2 + 1]) * 2 - 1,
      }));
      return matches.filter(({ likeness }) => likeness >= atLeast).toSorted((a, b) => b.likeness - a.likeness);
    },
    async remove(shelf, key, { signal } = {}) {
      const { value, repeated } = await send("vrem", [keyOf(shelf), encodeName(key)], signal);
      return value === 1 || repeated;
    },
    health: connection.health,
    close: async () => connection.close(),
  };
}
