import { tooLarge } from "./server-sent-events.ts";

/** Anything a reply may hold. */
export type Loose = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Loose => typeof value === "object" && value !== null && !Array.isArray(value);
export const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
export const countOf = (value: unknown): number | undefined => (typeof value === "number" && value >= 0 ? value : undefined);
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** The whole body as text; throws `TooLarge` beyond so many bytes. */
export async function readText(body: AsyncIterable<Uint8Array>, maxBytes: number, progress: () => void): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of body) {
    progress();
    pieces.push(piece);
    bytes += piece.length;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
  }
  return Buffer.concat(pieces).toString("utf8");
}
