import type { Cap, Rows } from "./backend.ts";

/** Collects documents as JSON text until a cap is reached. */
export interface RowCollector {
  /** Takes one document; false means it did not fit and no further one will. */
  add(document: unknown): boolean;
  rows(total?: number): Rows;
}

/** A collector that never holds more than `cap.rows` documents or `cap.bytes` bytes of JSON. */
export function rowCollector(cap: Cap): RowCollector {
  const parts: string[] = [];
  const cappedBy = new Set<"rows" | "bytes">();
  let bytes = 2;
  return {
    add(document) {
      if (cappedBy.size > 0) return false;
      if (parts.length >= cap.rows) {
        cappedBy.add("rows");
        return false;
      }
      const text = JSON.stringify(document);
      const size = Buffer.byteLength(text) + 1;
      if (bytes + size > cap.bytes) {
        cappedBy.add("bytes");
        return false;
      }
      bytes += size;
      parts.push(text);
      return true;
    },
    rows: (total) => ({
      json: `[${parts.join(",")}]`,
      count: parts.length,
      ...(total === undefined ? {} : { total }),
      cappedBy: [...cappedBy],
    }),
  };
}
