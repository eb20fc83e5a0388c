import { DataToolsError } from "../errors.ts";

/** A `BROKEN_FILE` error whose message starts with `file:line` (or `file` when the line is not known). */
export function brokenFile(file: string, line: number | undefined, reason: string): DataToolsError {
  const place = line === undefined ? file : `${file}:${line}`;
  return new DataToolsError("BROKEN_FILE", `${place}: ${reason}`, { details: { file, ...(line === undefined ? {} : { line }) } });
}

/** The line, from 1, at a character position of a text. */
export function lineAt(text: string, position: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at !== -1 && at < position; at = text.indexOf("\n", at + 1)) line += 1;
  return line;
}
