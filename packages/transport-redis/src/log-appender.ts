import { type CallOptions, type OrchestratorEvent, OrchestratorError } from "@hydrogenai/core";
import { type DurableKeys, durableScript, firstArgument } from "./durable-keys.ts";
import { taggedKey } from "./keys.ts";
import { toJson } from "./values.ts";

/**
 * Appends to streams, each a hash: the event of version 7 under `7`, its id under `=ID`, the stream's version under the empty name.
 * An append is written as a whole or not at all. KEYS from 2 on: the stream of each append. ARGV: retention in ms, 1 to renew that of
 * all streams, most events of a stream; then for each append its expected version, its number of events, their ids and their JSON.
 * Answers for each append the version of its last event, or `conflict` or `full` with the stream's, or `corrupt` with why.
 */
const appendScript = durableScript(`
local retention, renew, most, at = ARGV[${firstArgument}], ARGV[${firstArgument + 1}], tonumber(ARGV[${firstArgument + 2}]), ${firstArgument + 3}
local results, writing = {}, false
for k = 2, #KEYS do
  local expected, size = ARGV[at], tonumber(ARGV[at + 1])
  local ids, texts = at + 2, at + 2 + size
  at = texts + size
  local outcome, answer, new = 'ok'
  local found = redis.pcall('HMGET', KEYS[k], '', unpack(ARGV, ids, texts - 1))
  if found.err then
    outcome, answer = 'corrupt', found.err
  else
    local version = tonumber(found[1] or 0)
    local last, fields, known = version, {}, {}
    answer, new = version, version == 0
    for i = 0, size - 1 do
      local id = ARGV[ids + i]
      local held = found[i + 2] or known[id]
      if held then
        answer = tonumber(held)
      else
        last = last + 1
        answer = last
        known[id] = last
        local f = #fields
        fields[f + 1], fields[f + 2], fields[f + 3], fields[f + 4] = last, ARGV[texts + i], id, last
      end
    end
    if last > version or size == 0 then
      if expected ~= '' and version ~= tonumber(expected) then
        outcome, answer = 'conflict', version
      elseif last > most then
        outcome, answer = 'full', version
      elseif last > version then
        if not writing then
          writing = true
          if not written() then return {'lost'} end
        end
        answer = last
        redis.call('HSET', KEYS[k], '', last, unpack(fields))
      end
    end
  end
  if outcome == 'ok' and (renew == '1' or new) then redis.call('PEXPIRE', KEYS[k], retention) end
  results[k - 1] = outcome == 'ok' and answer or {outcome, answer}
end
if not writing and not intact() then return {'lost'} end
return {epoch, count, results}
`);

/** Events of one call: what Lua can unpack into one command, with room to spare. */
const maxBatchEvents = 1_000;
/** Streams whose retention is known to have been renewed lately. */
const maxRenewed = 10_000;
/** Characters of events in one call, above which the next append goes into another. */
const maxBatchChars = 256 * 1_024;

interface Append {
  readonly stream: string;
  readonly expectedVersion: number | undefined;
  readonly events: readonly OrchestratorEvent[];
  readonly texts: readonly string[];
  readonly chars: number;
  readonly resolve: (version: number) => void;
  readonly reject: (error: unknown) => void;
}

function refusal({ stream, expectedVersion, events }: Append, [outcome, found]: readonly unknown[]): OrchestratorError {
  const named = `the stream ${JSON.stringify(stream)}`;
  if (outcome === "full") return new OrchestratorError("STORE_FULL", `${named} has no room for ${events.length} more events`);
  if (outcome === "corrupt") return new OrchestratorError("DATA_CORRUPT", `${named} is no stream: ${String(found)}`);
  // No doubt from a broken connection here: had a first try written, the ids would be known.
  return new OrchestratorError("VERSION_CONFLICT", `${named} is at version ${String(found)}, not ${expectedVersion}`);
}

/** Sends what is appended in one turn of the event loop together, tag by tag and in the order it was asked. */
export function logAppender(keys: DurableKeys, retentionMs: number, maxEvents: number) {
  let waiting = new Map<string, Append[]>();
  // Most appends do without a renewal: each leaves the stream more time than was promised, so that it lasts until the next.
  const renewEveryMs = Math.min(60_000, retentionMs);
  const renewedAt = new Map<string, number>();

  function flush(): void {
    const tags = waiting;
    waiting = new Map();
    for (const [tag, appends] of tags) {
      let batch: Append[] = [];
      let chars = 0;
      let events = 0;
      for (const append of appends) {
        if (batch.length > 0 && (chars + append.chars > maxBatchChars || events + append.events.length > maxBatchEvents)) {
          void send(tag, batch);
          batch = [];
          chars = 0;
          events = 0;
        }
        batch.push(append);
        chars += append.chars;
        events += append.events.length;
      }
      void send(tag, batch);
    }
  }

  async function send(tag: string, batch: readonly Append[]): Promise<void> {
    const streams: string[] = [];
    const now = performance.now();
    const renew = batch.some(({ stream }) => now - (renewedAt.get(stream) ?? -Infinity) > renewEveryMs);
    const args: (string | number)[] = [retentionMs + renewEveryMs, renew ? 1 : 0, maxEvents];
    for (const { stream, expectedVersion, events, texts } of batch) {
      streams.push(taggedKey(tag, "log", stream));
      args.push(expectedVersion ?? "", events.length);
      for (const { id } of events) args.push(`=${id}`);
      for (const text of texts) args.push(text);
    }
    if (renewedAt.size > maxRenewed) renewedAt.clear();
    try {
      const { value } = await keys.run(appendScript, tag, streams, args);
      const results = value[0] as readonly unknown[];
      for (const [index, append] of batch.entries()) {
        const result = results[index];
        if (Array.isArray(result)) append.reject(refusal(append, result));
        else {
          if (renew) renewedAt.set(append.stream, now);
          append.resolve(Number(result));
        }
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  /** Answers the version of the last event. */
  return (
    stream: string,
    events: readonly OrchestratorEvent[],
    { expectedVersion, signal }: CallOptions & { readonly expectedVersion?: number | undefined },
  ): Promise<number> =>
    new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      if (events.length > maxBatchEvents)
        throw new OrchestratorError("CONFIG_INVALID", `one append takes at most ${maxBatchEvents} events, not ${events.length}`);
      const texts = events.map(toJson);
      const chars = texts.reduce((sum, text) => sum + text.length, 0);
      const append: Append = { stream, expectedVersion, events, texts, chars, ...settling(resolve, reject, signal) };
      if (waiting.size === 0) queueMicrotask(flush);
      const tag = keys.tagOf(stream);
      const others = waiting.get(tag);
      if (others === undefined) waiting.set(tag, [append]);
      else others.push(append);
    });
}

/** Settles at the abort at the latest, and leaves no listener behind. */
function settling(resolve: (version: number) => void, reject: (error: unknown) => void, signal: AbortSignal | undefined) {
  if (signal === undefined) return { resolve, reject };
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  const end = (): void => signal.removeEventListener("abort", onAbort);
  return { resolve: (version: number) => (end(), resolve(version)), reject: (error: unknown) => (end(), reject(error)) };
}
