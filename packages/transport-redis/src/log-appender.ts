import { type CallOptions, type OrchestratorEvent, OrchestratorError } from "@hydrogenai/core";
import { type DurableKeys, durableScript, firstArgument } from "./durable-keys.ts";
import { toJson } from "./values.ts";

/**
 * Appends to several streams, each a hash: the event of version 7 under `7`, its id under `=ID`, the stream's version under the empty
 * name. All that is appended to one stream is checked before anything is written to it, append by append, so each is written as a
 * whole or not at all. ARGV: retention in ms, most events of a stream; then for each stream, in the order of KEYS, the number of its
 * appends and events, for each append its expected version and number of events, and then the ids and the JSON of all events.
 */
const appendScript = durableScript(`
local retention, most = ARGV[${firstArgument}], tonumber(ARGV[${firstArgument + 1}])
local results, writing, at = {}, false, ${firstArgument + 2}
for k = 2, #KEYS do
  local appends, events = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
  local ids = at + 2 + 2 * appends
  local texts = ids + events
  local found = redis.pcall('HMGET', KEYS[k], '', unpack(ARGV, ids, texts - 1))
  local version = not found.err and tonumber(found[1] or 0)
  local start, offset, known, fields = version, 0, {}, {}
  for a = 0, appends - 1 do
    local expected, size = ARGV[at + 2 + 2 * a], tonumber(ARGV[at + 3 + 2 * a])
    local result
    if found.err then
      result = {'corrupt', found.err}
    else
      local next, own, added = version, version, #fields
      for i = offset, offset + size - 1 do
        local id = ARGV[ids + i]
        local held = found[i + 2] or known[id]
        if held then
          own = tonumber(held)
        else
          next = next + 1
          known[id] = next
          fields[#fields + 1] = next
          fields[#fields + 1] = ARGV[texts + i]
          fields[#fields + 1] = id
          fields[#fields + 1] = next
        end
      end
      if next == version and size > 0 then
        result = {'ok', own}
      elseif expected ~= '' and version ~= tonumber(expected) then
        result = {'conflict', version}
      elseif next > most then
        result = {'full', version}
      else
        version = next
        result = {'ok', version}
      end
      if version ~= next then
        for f = added + 1, #fields, 4 do known[fields[f + 2]] = nil end
        for f = #fields, added + 1, -1 do fields[f] = nil end
      end
    end
    offset = offset + size
    results[#results + 1] = result
  end
  if #fields > 0 then
    if not writing then
      writing = true
      written()
    end
    redis.call('HSET', KEYS[k], '', version, unpack(fields))
    redis.call('PEXPIRE', KEYS[k], retention)
  end
  at = texts + events
end
return {epoch, count, results}
`);

/** Events of one call: what Lua can unpack into one command, with room to spare. */
const maxBatchEvents = 1_000;
/** Characters of events in one call, above which the next append goes into another. */
const maxBatchChars = 256 * 1_024;

interface Append {
  readonly key: string;
  readonly expectedVersion: number | undefined;
  readonly ids: readonly string[];
  readonly texts: readonly string[];
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
    let events = 0;
    for (const append of appends) {
      if (batch.length > 0 && (chars + append.chars > maxBatchChars || events + append.ids.length > maxBatchEvents)) {
        void send(tag, batch);
        batch = [];
        chars = 0;
        events = 0;
      }
      batch.push(append);
      chars += append.chars;
      events += append.ids.length;
    }
    void send(tag, batch);
  }

  async function send(tag: string, batch: readonly Append[]): Promise<void> {
    const streams = new Map<string, Append[]>();
    for (const append of batch) {
      const others = streams.get(append.key);
      if (others === undefined) streams.set(append.key, [append]);
      else others.push(append);
    }
    const args: (string | number)[] = [retentionMs, maxEvents];
    for (const appends of streams.values()) {
      args.push(
        appends.length,
        appends.reduce((sum, { ids }) => sum + ids.length, 0),
      );
      for (const { expectedVersion, ids } of appends) args.push(expectedVersion ?? "", ids.length);
      for (const { ids } of appends) args.push(...ids);
      for (const { texts } of appends) args.push(...texts);
    }
    try {
      const { value } = await keys.run(appendScript, tag, [...streams.keys()], args);
      const results = value[0] as readonly (readonly [string, unknown])[];
      for (const [index, { resolve }] of [...streams.values()].flat().entries()) resolve(results[index] ?? ["corrupt", "no result"]);
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
    if (events.length > maxBatchEvents)
      throw new OrchestratorError("CONFIG_INVALID", `one append takes at most ${maxBatchEvents} events, not ${events.length}`);
    const texts = events.map(toJson);
    const chars = texts.reduce((sum, text) => sum + text.length, 0);
    return await new Promise((resolve, reject) => {
      const onAbort = (): void => reject(signal?.reason);
      const end = (): void => signal?.removeEventListener("abort", onAbort);
      signal?.addEventListener("abort", onAbort, { once: true });
      const append: Append = {
        key,
        expectedVersion,
        ids: events.map(({ id }) => `=${id}`),
        texts,
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
