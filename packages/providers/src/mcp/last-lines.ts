const keptLines = 20;
const keptChars = 500;

export interface LastLines {
  readonly add: (chunk: Buffer) => void;
  /** The last lines written, oldest first. */
  readonly text: () => string;
}

/** Remembers the last 20 lines of a stream, 500 characters of each, and forgets the rest. */
export function lastLines(): LastLines {
  const lines: string[] = [];
  let unfinished = "";
  return {
    add(chunk) {
      const [first = "", ...rest] = chunk.toString("utf8").split("\n");
      unfinished = (unfinished + first).slice(0, keptChars);
      for (const next of rest) {
        lines.push(unfinished);
        unfinished = next.slice(0, keptChars);
      }
      lines.splice(0, Math.max(0, lines.length - keptLines));
    },
    text: () => [...lines, unfinished].filter((line) => line.trim() !== "").join("\n"),
  };
}
