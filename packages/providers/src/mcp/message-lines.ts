/** How many bytes of the two ends of a line that is too long are kept. */
const keptBytes = 256;

export interface MessageLinesOptions {
  /** Bytes of one line; a longer one is dropped while it is read, so no more than this is ever held. */
  readonly maxBytes: number;
  readonly onLine: (line: string) => void;
  /** Told the first and last bytes of a line that was too long, as text. */
  readonly onOversized: (head: string, tail: string) => void;
}

/** Cuts bytes into lines as they arrive; answers the function that takes the next chunk. */
export function messageLines({ maxBytes, onLine, onOversized }: MessageLinesOptions): (chunk: Buffer) => void {
  let parts: Buffer[] = [];
  let length = 0;
  let oversized: { readonly head: Buffer; tail: Buffer } | undefined;

  function take(part: Buffer): void {
    length += part.length;
    if (oversized !== undefined) {
      oversized.tail = Buffer.concat([oversized.tail, part.subarray(-keptBytes)]).subarray(-keptBytes);
      return;
    }
    parts.push(part);
    if (length <= maxBytes) return;
    const held = Buffer.concat(parts);
    // Copies: a slice would keep the whole line alive.
    oversized = { head: Buffer.from(held.subarray(0, keptBytes)), tail: Buffer.from(held.subarray(-keptBytes)) };
    parts = [];
  }

  function end(): void {
    const line = oversized === undefined ? Buffer.concat(parts).toString("utf8") : undefined;
    const dropped = oversized;
    parts = [];
    length = 0;
    oversized = undefined;
    if (line !== undefined) onLine(line);
    else if (dropped !== undefined) onOversized(dropped.head.toString("utf8"), dropped.tail.toString("utf8"));
  }

  return (chunk) => {
    let from = 0;
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, from)) {
      take(chunk.subarray(from, at));
      end();
      from = at + 1;
    }
    if (from < chunk.length) take(chunk.subarray(from));
  };
}
