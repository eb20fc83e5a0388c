import { DatabaseSync } from "node:sqlite";
import { type Json, OrchestratorError, type StateStore } from "@hydrogenai/core";

interface Row {
  readonly version: number;
  readonly value: string;
}

/** State in one SQLite file, which several processes may share; `:memory:` for one that ends with this process. */
export function sqliteStateStore(path: string): StateStore {
  const database = new DatabaseSync(path, { timeout: 2_000 });
  database.exec(`
    PRAGMA journal_mode = WAL;
    CREATE TABLE IF NOT EXISTS state (key TEXT PRIMARY KEY, version INTEGER NOT NULL, value TEXT NOT NULL, gone_at REAL) WITHOUT ROWID;
  `);
  // Expiry is kept by the wall clock, the only one that a file and another process share.
  const find = database.prepare("SELECT version, value FROM state WHERE key = ? AND (gone_at IS NULL OR gone_at > ?)");
  const write = database.prepare("INSERT OR REPLACE INTO state (key, version, value, gone_at) VALUES (?, ?, ?, ?)");
  const remove = database.prepare("DELETE FROM state WHERE key = ?");
  let closed = false;

  /** As JSON text, which also keeps apart what UTF-8 would not: two different halves of a surrogate pair. */
  const keyOf = (key: string): string => JSON.stringify(key);
  const entryOf = (key: string): Row | undefined => find.get(keyOf(key), Date.now()) as unknown as Row | undefined;

  function enter(signal: AbortSignal | undefined): void {
    signal?.throwIfAborted();
    if (closed) throw new OrchestratorError("CLOSED", "the SQLite store was closed");
  }

  /** Reads and writes as one step, also among processes. */
  function atomically<T>(work: () => T): T {
    database.exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      database.exec("COMMIT");
      return result;
    } catch (error) {
      database.exec("ROLLBACK");
      throw error;
    }
  }

  return {
    name: "sqlite",
    get: async (key, { signal } = {}) => {
      enter(signal);
      const row = entryOf(key);
      return row && { value: JSON.parse(row.value) as Json, version: row.version };
    },
    set: async (key, value, { ifVersion, ttlMs, signal } = {}) => {
      enter(signal);
      if (ttlMs !== undefined && !(ttlMs > 0)) throw new OrchestratorError("CONFIG_INVALID", `ttlMs must be above 0, not ${ttlMs}`);
      const text = JSON.stringify(value);
      return atomically(() => {
        const version = entryOf(key)?.version ?? 0;
        if (ifVersion !== undefined && ifVersion !== version)
          throw new OrchestratorError("VERSION_CONFLICT", `${JSON.stringify(key)} is at version ${version}, not ${ifVersion}`);
        write.run(keyOf(key), version + 1, text, ttlMs === undefined ? null : Date.now() + ttlMs);
        return version + 1;
      });
    },
    delete: async (key, { signal } = {}) => {
      enter(signal);
      return atomically(() => entryOf(key) !== undefined && remove.run(keyOf(key)).changes === 1);
    },
    health: () => (closed ? { status: "down", detail: "closed" } : { status: "up", detail: path }),
    close: async () => {
      if (!closed) database.close();
      closed = true;
    },
  };
}
