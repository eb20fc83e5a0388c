import { brotliDecompressSync } from "node:zlib";
import { synonymGroups } from "./synonym-groups.ts";

let groupsOf: ReadonlyMap<string, readonly number[]> | undefined;

/** Unpacked on first use. */
function load(): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, number[]>();
  const lines = brotliDecompressSync(Buffer.from(synonymGroups, "base64")).toString().split("\n");
  for (const [index, line] of lines.entries())
    for (const word of line.split(" ")) {
      const known = found.get(word);
      if (known === undefined) found.set(word, [index]);
      else known.push(index);
    }
  return found;
}

/** True when the words share a meaning that is common for both. */
export function areSynonyms(a: string, b: string): boolean {
  groupsOf ??= load();
  const [ofA, ofB] = [groupsOf.get(a), groupsOf.get(b)];
  return ofA !== undefined && ofB !== undefined && ofA.some((group) => ofB.includes(group));
}

/** True for a word that is certainly spelt as meant. */
export function isKnownWord(word: string): boolean {
  groupsOf ??= load();
  return groupsOf.has(word);
}
