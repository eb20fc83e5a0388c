import type { Indexed } from "./lexical-index.ts";
import type { Reading } from "./semantic/read-question.ts";

/** Finds the stored question that differs in names, numbers and signs only: never an answer, but what comes closest to one. */
export interface LookAlikes {
  readonly add: (shelf: string, reading: Reading, indexed: Indexed) => void;
  /** The newest that was added. */
  readonly find: (shelf: string, reading: Reading) => Indexed | undefined;
}

const plainWords = ({ words }: Reading): string => words.flatMap(({ lemma, fixed }) => (fixed ? [] : [lemma])).join(" ");

/** Beyond `maxEntries` the oldest goes. */
export function lookAlikes(maxEntries: number): LookAlikes {
  const newest = new Map<string, Indexed>();
  return {
    add(shelf, reading, indexed) {
      const key = `${shelf} ${plainWords(reading)}`;
      newest.delete(key);
      newest.set(key, indexed);
      if (newest.size > maxEntries) newest.delete(newest.keys().next().value!);
    },
    find: (shelf, reading) => newest.get(`${shelf} ${plainWords(reading)}`),
  };
}
