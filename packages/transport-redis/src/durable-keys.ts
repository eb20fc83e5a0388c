import { randomUUID } from "node:crypto";
import { type CallOptions, type HealthReport, OrchestratorError } from "@hydrogenai/core";
import { type Argument, connect, type Connection, type RedisOptions, type Reply } from "./connection.ts";
import { bucketOf, checkTag } from "./keys.ts";
import { evictionWarning } from "./eviction.ts";
import { type Script, script } from "./script.ts";

/** A store that notices when Redis came back empty or older than what it had acknowledged. */
export interface NoticesLoss {
  /**
   * Goes on with what Redis holds now. Once a loss was noticed every call rejects with `STATE_LOST` until this is called
   * (or the process restarts), so that a lost session is never taken for a new one.
   */
  readonly acceptLoss: () => void;
}

/**
 * Every bucket of keys has a mark beside it, a hash of one field: an epoch, drawn when the bucket is first written, with a count of
 * its writes. Each call brings the mark this process saw last; where Redis has another epoch or a lower count, what was acknowledged
 * is gone, and the call changes nothing. A lower count draws a new epoch, so that all processes notice.
 */
const markLua = `
local epoch, seen, count = ARGV[1], tonumber(ARGV[2]), 0
if epoch == '' then epoch = redis.call('HKEYS', KEYS[1])[1] or '' end
local function redraw(held)
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], ARGV[3], held)
end
local function intact()
  if epoch ~= '' then count = tonumber(redis.call('HGET', KEYS[1], epoch) or 0) end
  if count >= seen then return true end
  if count > 0 then redraw(count) end
  return false
end
local function written()
  if epoch == '' then epoch = ARGV[3] end
  count = redis.call('HINCRBY', KEYS[1], epoch, 1)
  if count > seen then return true end
  if count == 1 then redis.call('HDEL', KEYS[1], epoch) else redraw(count - 1) end
  return false
end
`;

/**
 * A script that changes nothing where something was lost. Before its first write it calls `written()`, and where it writes nothing
 * `intact()`: when that is false it answers `{'lost'}`, otherwise `{epoch, count, …}`.
 */
export const durableScript = (body: string): Script => script(markLua, body);

const peek = durableScript("return intact() and {epoch, count} or {'lost'}");

/** Where the arguments of a durable script's own begin, counted as Lua counts. */
export const firstArgument = 4;

interface Mark {
  readonly epoch: string;
  readonly count: number;
}

/** Keys that must not be lost unnoticed, spread over a cluster by bucket. */
export interface DurableKeys extends NoticesLoss {
  /** The hash tag of a name; one script may touch the keys of one tag. */
  readonly tagOf: (name: string) => string;
  /** Runs a durable script on keys of one tag, which it sees from KEYS[2] on; answers what it returned after the mark. */
  readonly run: (
    script: Script,
    tag: string,
    keys: readonly string[],
    args: readonly Argument[],
    options?: CallOptions,
  ) => Promise<Omit<Reply, "value"> & { readonly value: readonly unknown[] }>;
  readonly ready: (options?: CallOptions) => Promise<void>;
  readonly health: () => HealthReport;
  readonly close: () => Promise<void>;
}

export function durableKeys(options: RedisOptions): DurableKeys {
  const prefix = checkTag("prefix", options.prefix ?? "hydrogenai");
  const connection: Connection = connect(options);
  const eviction = evictionWarning(connection);
  const marks = new Map<string, Mark>();
  // With a number behind it, an epoch nobody drew before.
  const process = randomUUID();
  let drawn = 0;
  let lostAt: string | undefined;

  const lostError = (): OrchestratorError =>
    new OrchestratorError("STATE_LOST", `Redis came back empty or older than what it had acknowledged (noticed ${lostAt})`);

  async function run(body: Script, tag: string, keys: readonly string[], args: readonly Argument[], options?: CallOptions) {
    if (lostAt !== undefined) throw lostError();
    const mark = marks.get(tag);
    const head = [mark?.epoch ?? "", mark?.count ?? 0, `${process}-${++drawn}`];
    const reply = await connection.run(body, [`{${tag}}:mark`, ...keys], [...head, ...args], { ...options, repeatable: true });
    // A script answers a list: `{'lost'}`, or the mark and what it found.
    const [epoch, count, ...value] = reply.value as readonly unknown[];
    if (epoch === "lost") {
      // An answer to what was asked before the loss was accepted says nothing about now.
      if (marks.get(tag)?.epoch === mark?.epoch) lostAt ??= new Date().toISOString();
      throw lostAt === undefined ? new OrchestratorError("STATE_LOST", "Redis lost what it had acknowledged") : lostError();
    }
    const latest = marks.get(tag);
    if (epoch !== "" && (latest === undefined || latest.epoch !== epoch || latest.count < Number(count)))
      marks.set(tag, { epoch: String(epoch), count: Number(count) });
    return { value, repeated: reply.repeated };
  }

  connection.onReady(() => {
    // After each reconnect, so that health knows of a loss before anybody asks for what is gone.
    for (const tag of marks.keys()) run(peek, tag, [], []).catch(() => {});
  });

  return {
    tagOf: (name) => `${prefix}:${bucketOf(name)}`,
    run,
    acceptLoss: () => {
      lostAt = undefined;
      marks.clear();
    },
    ready: async (options) => {
      await connection.ready(options);
      await eviction.check(options);
      if (lostAt !== undefined) throw lostError();
    },
    health: () => {
      if (lostAt !== undefined) return { status: "down", detail: `STATE_LOST: ${lostError().message}` };
      return eviction.on(connection.health());
    },
    close: async () => connection.close(),
  };
}
