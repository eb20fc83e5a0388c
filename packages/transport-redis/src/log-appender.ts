import { type CallOptions, type OrchestratorEvent, OrchestratorError } from "@hydrogenai/core";
import { type DurableKeys, durableScript, firstArgument } from "./durable-keys.ts";
import { toJson } from "./values.ts";

/**
 * One append after the other, each on its stream's hash: the event of version 7 under `7`, its id under `=ID`, the stream's version under
 * the empty name. Each is checked before its first write, so it is written as a whole or not at all, whatever becomes of the others.
 * ARGV: retention in ms, most events of a stream; then for each append its key, expected version, number of events, and their ids and JSON.
 */
const appendScript = durableScript(`
local results, writing = {}, false
local function append(key, expected, first, last)
  local asked = {key, ''}
  for i = first, last, 2 do asked[#asked + 1] = '=' .. ARGV[i] end
  local found = redis.pcall('HMGET', unpack(asked))
  if found.err then return {'corrupt', found.err} end
  local version = tonumber(found[1] or 0)
  local fields, seen, lastOwn = {key}, {}, version
  local next = version
  for i = first, last, 2 do
    local id = asked[(i - first) / 2 + 3]
    local held = found[(i - first) / 2 + 2]
    if held then
      lastOwn = tonumber(held)
    elseif not seen[id] then
      seen[id] = true
      next = next + 1
      fields[#fields + 1] = next
      fields[#fields + 1] = ARGV[i + 1]
      fields[#fields + 1] = id
      fields[#fields + 1] = next
    end
  end
  if next == version and first <= last then return {'ok', lastOwn} end
  if expected ~= '' and version ~= tonumber(expected) then return {'conflict', version} end
  if next == version then return {'ok', version} end
  if next > tonumber(ARGV[${firstArgument + 1}]) then return {'full', version} end
  fields[#fields + 1] = ''
  fields[#fields + 1] = next
  if not writing then
    writing = true
    written()
  end
  redis.call('HSET', unpack(fields))
  redis.call('PEXPIRE', key, ARGV[${firstArgument}])
  return {'ok', next}
end
local at = ${firstArgument + 2}
while at <= #ARGV do
  local events = tonumber(ARGV[at + 2])
  results[#results + 1] = append(KEYS[tonumber(ARGV[at]) + 2], ARGV[at + 1], at + 3, at + 2 + 2 * events)
  at = at + 3 + 2 * events
end
return {epoch, count, results}
`);

/** What Lua can unpack into one command with room to spare. */
const maxEventsPerAppend = 1_000;
/** Bytes of events in one call, above which the next append goes into another. */
const maxBatchChars = 256 * 1_024;

interface Append {
  readonly key: string;
  readonly expectedVersion: number | undefined;
  readonly events: readonly string[];
  readonly chars: number;
  readonly resolve: (result: readonly [string, unknown]) => void;
  readonly reject: (error: unknown) => void;
}

/** Sends what is appended in one turn of the event loop together, tag by tag and in the order it was asked. */
export function logAppender(keys: DurableKeys, retentionMs: number, maxEvents: number) {
  const waiting = new Map<string, Append[]>();

  function flush(tag: string): void {
    const appends = waiting.get(tag) ?? [];
    waiting.delete(tag);
    let batch: Append[] = [];
    let chars = 0;
    for (const append of appends) {
      if (batch.length > 0 && chars + append.chars > maxBatchChars) {
        void send(tag, batch);
        batch = [];
        chars = 0;
      }
      batch.push(append);
      chars += append.chars;
    }
    void send(tag, batch);
  }

  async function send(tag: string, batch: readonly Append[]): Promise<void> {
    const indexes = new Map<string, number>();
    const args: (string | number)[] = [retentionMs, maxEvents];
    for (const { key, expectedVersion, events } of batch) {
      const index = indexes.get(key) ?? indexes.size;
      indexes.set(key, index);
      args.push(index, expectedVersion ?? "", events.length / 2, ...events);
    }
    try {
      const { value } = await keys.run(appendScript, tag, [...indexes.keys()], args);
      const results = value[0] as readonly (readonly [string, unknown])[];
      for (const [index, { resolve }] of batch.entries()) resolve(results[index] ?? ["corrupt", "no result"]);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  /** Answers what became of it: `ok` with the version of its last event, `conflict` or `full` with the stream's, or `corrupt` with why. */
  return async (
    tag: string,
    key: string,
    events: readonly OrchestratorEvent[],
    { expectedVersion, signal }: CallOptions & { readonly expectedVersion?: number | undefined },
  ): Promise<readonly [string, unknown]> => {
    signal?.throwIfAborted();
    if (events.length > maxEventsPerAppend)
      throw new OrchestratorError("CONFIG_INVALID", `one append takes at most ${maxEventsPerAppend} events, not ${events.length}`);
    const texts = events.flatMap((event) => [event.id, toJson(event)]);
    const chars = texts.reduce((sum, text) => sum + text.length, 0);
    return await new Promise((resolve, reject) => {
      const onAbort = (): void => reject(signal?.reason);
      const end = (): void => signal?.removeEventListener("abort", onAbort);
      signal?.addEventListener("abort", onAbort, { once: true });
      const append: Append = {
        key,
        expectedVersion,
        events: texts,
        chars,
        resolve: (result) => (end(), resolve(result)),
        reject: (error) => (end(), reject(error)),
      };
      const others = waiting.get(tag);
      if (others !== undefined) others.push(append);
      else {
        waiting.set(tag, [append]);
        queueMicrotask(() => flush(tag));
      }
    });
  };
}
