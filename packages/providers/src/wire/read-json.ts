import { tooLarge } from "./server-sent-events.ts";

/** Anything a reply may hold. */
export type Loose = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Loose => typeof value === "object" && value !== null && !Array.isArray(value);
export const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
export const countOf = (value: unknown): number | undefined => (typeof value === "number" && value >= 0 ? value : undefined);
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** A text that is not empty. */
export const wordOf = (value: unknown): string | undefined => textOf(value) || undefined;

/** Arguments of a tool call as text: some servers send the object itself, or nothing for none. */
export const argumentsOf = (value: unknown): string => wordOf(value) ?? (isObject(value) ? JSON.stringify(value) : "{}");

/** Ids for the calls of one answer, so that each has one of its own: some servers leave them out, or send one twice. */
export function callIds(): (given: string | undefined) => string {
  const used = new Set<string>();
  return (given) => {
    let id = given ?? `call-${used.size + 1}`;
    for (let copy = 2; used.has(id); copy++) id = `${given ?? "call"}-${copy}`;
    used.add(id);
    return id;
  };
}

/** The whole body as text, without a byte order mark; throws `TooLarge` beyond so many bytes. */
export async function readText(body: AsyncIterable<Uint8Array>, maxBytes: number, progress: () => void): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of body) {
    progress();
    pieces.push(piece);
    bytes += piece.length;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
  }
  return new TextDecoder().decode(Buffer.concat(pieces));
}
