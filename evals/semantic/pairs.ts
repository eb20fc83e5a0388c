import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Two questions, and whether they ask for the same. */
export interface Pair {
  readonly a: string;
  readonly b: string;
  readonly same: boolean;
  readonly source: string;
  readonly slice: string;
}

/** A pair with the database or source it comes from: what is learnt from one group is tried on others. */
export interface Labelled extends Pair {
  readonly group: string;
}

/** One question of a stream; the same key means the same question. */
export interface Asked {
  readonly text: string;
  readonly key: string;
  readonly db: string;
}

export const readRows = (file: string): readonly Readonly<Record<string, unknown>>[] =>
  readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    // Rows are checked where they are used.
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);

export const asPair = (row: Readonly<Record<string, unknown>>): Pair => ({
  a: String(row["a"]),
  b: String(row["b"]),
  same: Number(row["same"]) === 1,
  source: String(row["source"]),
  slice: String(row["slice"]),
});

export const asAsked = (row: Readonly<Record<string, unknown>>): Asked => ({
  text: String(row["text"]),
  key: String(row["key"]),
  db: String(row["db"]),
});

const wordsOf = (text: string): ReadonlySet<string> => new Set(text.toLowerCase().match(/[a-z]+/g));

/** Tells the database of a question from the words it shares with questions whose database is known. */
function databaseGuesser(known: ReadonlyMap<string, string>): (text: string) => string {
  const vocabularies = new Map<string, Set<string>>();
  for (const [text, db] of known) {
    const words = vocabularies.get(db) ?? new Set();
    vocabularies.set(db, words);
    for (const word of wordsOf(text)) words.add(word);
  }
  const rarity = (word: string): number => {
    const holders = [...vocabularies.values()].filter((words) => words.has(word)).length;
    return holders === 0 ? 0 : Math.log(vocabularies.size / holders);
  };
  const rarities = new Map<string, number>();
  return (text) => {
    let best = { db: "", score: -1 };
    const words = [...wordsOf(text)];
    for (const word of words) if (!rarities.has(word)) rarities.set(word, rarity(word));
    for (const [db, vocabulary] of vocabularies) {
      const score = words.reduce((sum, word) => sum + (vocabulary.has(word) ? rarities.get(word)! : 0), 0);
      if (score > best.score) best = { db, score };
    }
    return best.db;
  };
}

/** Every labelled pair of a folder with `semantic-dev.jsonl`, `semantic-stream-dev.jsonl` and `dev.jsonl`. */
export function labelledPairs(folder: string): { readonly pairs: readonly Labelled[]; readonly streams: readonly (readonly Asked[])[] } {
  const asked = readRows(join(folder, "semantic-stream-dev.jsonl")).map(asAsked);
  const known = new Map(
    readRows(join(folder, "dev.jsonl")).flatMap(({ text, db }) => (typeof db === "string" ? [[String(text), db]] : [])),
  );
  for (const { text, db } of asked) known.set(text, db);
  const guess = databaseGuesser(known);
  const pairs = readRows(join(folder, "semantic-dev.jsonl")).map((row) => {
    const pair = asPair(row);
    const ofDatabase = pair.source.startsWith("spider");
    return { ...pair, group: ofDatabase ? (known.get(pair.a) ?? known.get(pair.b) ?? guess(`${pair.a} ${pair.b}`)) : pair.source };
  });
  return { pairs, streams: [...Map.groupBy(asked, ({ db }) => db).values()] };
}

/** All pairs of questions of one stream. */
export const pairsOf = (stream: readonly Asked[]): readonly Labelled[] =>
  stream.flatMap((first, i) =>
    stream.slice(0, i).map((second) => ({
      a: first.text,
      b: second.text,
      same: first.key === second.key,
      source: "stream",
      slice: "stream",
      group: first.db,
    })),
  );
