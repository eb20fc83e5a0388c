import type { QueryResult } from "@hydrogenai/core";

/** A stored answer with what it depends on. */
export interface Entry {
  readonly format: 2;
  /** The whole question in its scope, so that an answer is never given by its hash alone. */
  readonly question: string;
  /** Scope as one text, and the wording as asked, for comparing. */
  readonly scope: string;
  readonly text: string;
  readonly type: string;
  readonly tenant: string;
  readonly tags: readonly string[];
  /** What its invalidation marks were; see `marks.ts`. */
  readonly marks: readonly string[];
  /** Milliseconds since 1970, as other processes read it. */
  readonly storedAt: number;
  /** From then on it is stale, and from `expiresAt` on it is gone. */
  readonly staleAt: number;
  readonly expiresAt: number;
  readonly result: QueryResult;
}

const encoder = new TextEncoder();
const utf8 = new TextDecoder("utf-8", { fatal: true });

export const encodeEntry = (entry: Entry): Uint8Array => encoder.encode(JSON.stringify(entry));

const isStrings = (value: unknown): boolean => Array.isArray(value) && value.every((each) => typeof each === "string");

function isEntry(value: unknown): value is Entry {
  if (typeof value !== "object" || value === null) return false;
  // Every field is checked below.
  const { format, question, scope, text, type, tenant, tags, marks, storedAt, staleAt, expiresAt, result } = value as Record<
    keyof Entry,
    unknown
  >;
  if (format !== 2 || !isStrings([question, scope, text, type, tenant]) || !isStrings(tags) || !isStrings(marks)) return false;
  if (typeof storedAt !== "number" || typeof staleAt !== "number" || typeof expiresAt !== "number") return false;
  return typeof result === "object" && result !== null && "text" in result && typeof result.text === "string";
}

/** The entry, or undefined for bytes that are corrupt or of another version. */
function decodeEntry(bytes: Uint8Array): Entry | undefined {
  try {
    const value: unknown = JSON.parse(utf8.decode(bytes));
    return isEntry(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const maxDecoded = 1_024;
const maxDecodedBytes = 65_536;

export interface EntryDecoder {
  /** The same bytes again are the same entry again, for the price of comparing. */
  readonly decode: (key: string, bytes: Uint8Array) => Entry | undefined;
  /** For what a store lets us peek at: the same buffer again is the same entry again, for nothing. */
  readonly decodePeeked: (key: string, bytes: Uint8Array) => Entry | undefined;
}

/** Remembers the newest entries with the bytes they came from. */
export function entryDecoder(): EntryDecoder {
  const decoded = new Map<string, { bytes: Uint8Array; peeked: ArrayBufferLike | undefined; readonly entry: Entry }>();

  function decode(key: string, bytes: Uint8Array, peeked: ArrayBufferLike | undefined): Entry | undefined {
    const known = decoded.get(key);
    if (known !== undefined && Buffer.compare(known.bytes, bytes) === 0) {
      known.peeked = peeked ?? known.peeked;
      return known.entry;
    }
    const entry = decodeEntry(bytes);
    decoded.delete(key);
    if (entry === undefined || bytes.byteLength > maxDecodedBytes) return entry;
    decoded.set(key, { bytes, peeked, entry: frozen(entry) });
    if (decoded.size > maxDecoded) decoded.delete(decoded.keys().next().value!);
    return entry;
  }

  return {
    decode: (key, bytes) => decode(key, bytes, undefined),
    decodePeeked(key, bytes) {
      const known = decoded.get(key);
      return known?.peeked === bytes.buffer ? known.entry : decode(key, bytes, bytes.buffer);
    },
  };
}

/** Several callers are handed the same object. */
function frozen<Value>(value: Value): Value {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const member of Object.values(value)) frozen(member);
  return value;
}
