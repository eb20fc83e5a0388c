import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The numbered clauses in the doc comments of a port, in their order, without the final full stop. */
export function clausesOf(port: string): readonly string[] {
  const source = readFileSync(join(import.meta.dirname, `../../src/ports/${port}.ts`), "utf8");
  const clauses: string[] = [];
  for (const line of source.split("\n")) {
    const [, text] = /^ \* (?:\d+\.|  ) (.+)$/.exec(line) ?? [];
    const [, number] = /^ \* (\d+)\. /.exec(line) ?? [];
    if (number !== undefined && text !== undefined) {
      if (Number(number) !== clauses.length + 1) throw new Error(`${port}: clause ${number} follows clause ${clauses.length}`);
      clauses.push(text);
    } else if (text !== undefined && clauses.length > 0) clauses.push(`${clauses.pop()} ${text.trim()}`);
  }
  return clauses.map((clause) => clause.replace(/\.$/, ""));
}

/** True when the case tests the clause: the same words, or the words and an aspect. */
export const isCaseOf = (clause: string, caseName: string): boolean => caseName === clause || caseName.startsWith(`${clause}: `);
