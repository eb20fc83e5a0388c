import { type CallOptions, type OrchestratorEvent, OrchestratorError, type SubscribeOptions } from "@hydrogenai/core";
import type { BusKeys } from "./bus-keys.ts";
import type { Connection } from "./connection.ts";
import { parseStored } from "./values.ts";

/** An event as it stands in the stream; frozen, since all subscribers of a process share it. */
export interface StreamEntry {
  readonly sequence: number;
  readonly event: OrchestratorEvent;
}

/** What XRANGE and XREAD answer for one entry: its id, and fields and values in turn. */
type RawEntry = readonly [id: string, fields: readonly string[] | null];

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFreeze(part);
  }
  return value;
}

export const sequenceOf = (id: string): number => Number(id.slice(0, id.indexOf("-")));

const fieldOf = (fields: readonly string[], name: string): string | undefined => {
  for (let index = 0; index + 1 < fields.length; index += 2) if (fields[index] === name) return fields[index + 1];
  return undefined;
};

/** Reads entries; one that holds no event (trimmed, or foreign) is left out, so that it harms nobody but itself. */
export function toEntries(reply: unknown): readonly StreamEntry[] {
  return ((reply ?? []) as readonly RawEntry[]).flatMap(([id, fields]) => {
    const text = fields === null ? undefined : fieldOf(fields, "e");
    if (text === undefined) return [];
    try {
      return [{ sequence: sequenceOf(id), event: deepFreeze(parseStored(text, "an event") as OrchestratorEvent) }];
    } catch {
      return [];
    }
  });
}

const pageSize = 128;

/** The stored events of a bus, by position. */
export function busStream(connection: Connection, keys: BusKeys) {
  const range = async (from: string, count: number, options?: CallOptions): Promise<readonly RawEntry[]> => {
    const { value } = await connection.send("xrange", [keys.events, from, "+", "COUNT", count], { ...options, repeatable: true });
    return value as readonly RawEntry[];
  };

  const lastSequence = async (options?: CallOptions): Promise<number> => {
    const { value } = await connection.send("hget", [keys.meta, "n"], { ...options, repeatable: true });
    return Number(value ?? 0);
  };

  /** The sequence of the first event stored at that time or later; times never go back along the stream. */
  async function sequenceAt(timeMs: number, options?: CallOptions): Promise<number> {
    const first = (await range("-", 1, options))[0];
    if (first === undefined) return 0;
    let low = sequenceOf(first[0]);
    let high = (await lastSequence(options)) + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const found = (await range(`${middle}-0`, 1, options))[0];
      const storedAt = found === undefined ? Infinity : Number(fieldOf(found[1] ?? [], "t"));
      if (found === undefined || storedAt >= timeMs) high = middle;
      else low = sequenceOf(found[0]) + 1;
    }
    return low;
  }

  return {
    lastSequence,
    /** Up to 128 entries behind that sequence. */
    after: async (sequence: number): Promise<readonly StreamEntry[]> => toEntries(await range(`(${sequence}-0`, pageSize)),
    /** The position just before where a replay begins. */
    replayStart: async (from: NonNullable<SubscribeOptions["replayFrom"]>, options?: CallOptions): Promise<number> => {
      const wanted = "sequence" in from ? Math.trunc(from.sequence) : Date.parse(from.time);
      if (!Number.isSafeInteger(wanted))
        throw new OrchestratorError("CONFIG_INVALID", `${JSON.stringify(from)} is no place to replay from`);
      return Math.max(0, ("sequence" in from ? wanted : await sequenceAt(wanted, options)) - 1);
    },
  };
}

export type BusStream = ReturnType<typeof busStream>;
