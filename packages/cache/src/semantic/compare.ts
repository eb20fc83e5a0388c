import { type Alignment, type Pair, align } from "./align.ts";
import type { Sign } from "./lexicon.ts";
import type { ContentWord, Reading } from "./read-question.ts";

/** What the verifier is told of a pair: names of features with their values. */
export type Features = ReadonlyMap<string, number>;

export interface Comparison {
  readonly features: Features;
  /** Words of one question that nothing in the other explains. */
  readonly unexplained: readonly string[];
}

/** What was learnt about words: which pairs mean the same in questions, which words may be missing. */
export interface LearntWords {
  readonly sameMeaning: (a: string, b: string) => boolean;
  readonly mayBeMissing: (word: string) => boolean;
}

const pairName = (a: string, b: string): string => (a < b ? `${a}|${b}` : `${b}|${a}`);

function inversions(pairs: readonly Pair[]): number {
  const ordered = pairs.toSorted((x, y) => x.a.at - y.a.at);
  let count = 0;
  for (let i = 0; i < ordered.length; i++) for (let j = i + 1; j < ordered.length; j++) if (ordered[i]!.b.at > ordered[j]!.b.at) count++;
  return count;
}

const beside = (x: ContentWord, y: ContentWord): boolean => Math.abs(x.at - y.at) === 1;

/** Two words may change places when they are one name (`student names`), items of a list, or parts of the question that moved. */
function mayTurn(x: Pair, y: Pair): boolean {
  if (beside(x.a, y.a) || beside(x.b, y.b)) return true;
  if ([x.a, x.b, y.a, y.b].every(({ listed }) => listed)) return true;
  if (x.a.part === x.b.part && y.a.part === y.b.part && x.a.part !== y.a.part) return true;
  return x.a.after !== "" && x.a.after === x.b.after && y.a.after === y.b.after && x.a.after !== y.a.after;
}

/** Words in another order that tells something else: directors by movies, movies by directors. */
function crossings(pairs: readonly Pair[]): readonly string[] {
  const ordered = pairs.toSorted((x, y) => x.a.at - y.a.at);
  return ordered.flatMap((x, i) =>
    ordered.slice(i + 1).flatMap((y) => (x.b.at > y.b.at && !mayTurn(x, y) ? [`${x.a.lemma} before ${y.a.lemma}`] : [])),
  );
}

/** Signs that stand before different words. */
function strays({ pairs }: Alignment, a: Reading, b: Reading): readonly Sign[] {
  const counterpart = new Map(pairs.map((pair) => [pair.a.lemma, pair.b.lemma]));
  const unused = [...b.signs];
  return a.signs
    .filter(({ sign, before }) => {
      const expected = before === undefined ? undefined : counterpart.get(before);
      const index = unused.findIndex((other) => other.sign === sign && other.before === expected);
      if (index !== -1) unused.splice(index, 1);
      return index === -1;
    })
    .map(({ sign }) => sign);
}

const lemmas = (words: readonly ContentWord[]): string => words.map(({ lemma }) => lemma).join(" ");

/** The words right of each word, as pairs of neighbours that both questions have. */
function sharedNeighbours({ pairs }: Alignment, a: Reading, b: Reading): number {
  const placeA = new Map(a.words.map((word, index) => [word, index]));
  const placeB = new Map(b.words.map((word, index) => [word, index]));
  const byA = new Map(pairs.map((pair) => [placeA.get(pair.a)!, placeB.get(pair.b)!]));
  let shared = 0;
  for (const [i, j] of byA) if (byA.get(i + 1) === j + 1) shared++;
  return shared;
}

function glueChanges(a: Reading, b: Reading, add: (name: string) => void): void {
  const counts = new Map<string, number>();
  for (const word of a.glue) counts.set(word, (counts.get(word) ?? 0) + 1);
  for (const word of b.glue) counts.set(word, (counts.get(word) ?? 0) - 1);
  for (const [word, count] of counts) if (count !== 0) add(`glue ${word}`);
}

/** Everything the verifier knows of a pair. Swapping the questions changes nothing. */
export function compare(a: Reading, b: Reading, { sameMeaning, mayBeMissing }: LearntWords): Comparison {
  const alignment = align(a.words, b.words, sameMeaning);
  const { pairs, onlyA, onlyB } = alignment;
  const features = new Map<string, number>();
  const add = (name: string, value = 1): void => {
    if (value !== 0) features.set(name, (features.get(name) ?? 0) + value);
  };
  const unexplained: string[] = [];
  for (const { a: x, b: y, tie } of pairs) {
    add(`tie ${tie}`);
    if (tie === "learnt" || tie === "synonym" || tie === "stem") add(`pair ${pairName(x.lemma, y.lemma)}`);
    if (x.listed !== y.listed) add("listed");
    if (x.part !== y.part) add(`part ${pairName(x.part, y.part)}`);
    if (x.part !== y.part && x.part !== "order" && y.part !== "order") add("moved");
  }
  const said = new Set(pairs.flatMap(({ a: x, b: y }) => [x.lemma, y.lemma]));
  // A word said twice where the other question says two: `last name and last name`.
  const again = (words: readonly ContentWord[]): boolean => words.some(({ lemma }) => said.has(lemma));
  const swapped = (again(onlyA) && onlyB.length > 0) || (again(onlyB) && onlyA.length > 0);
  // A word here for a word there is another word, however light each is alone.
  const lacks = (words: readonly ContentWord[]): boolean => words.some(({ lemma }) => !said.has(lemma));
  const bothLack = lacks(onlyA) && lacks(onlyB);
  for (const word of [...onlyA, ...onlyB]) {
    if (said.has(word.lemma)) {
      add(`again`);
      if (swapped || word.listed) unexplained.push(word.lemma);
    } else {
      add("missing");
      add(`missing ${word.part}`);
      if (!word.fixed && !word.listed && !bothLack && mayBeMissing(word.lemma)) add(`without ${word.lemma}`);
      else unexplained.push(word.lemma);
    }
  }
  const crossed = crossings(pairs);
  add("crossed", Math.min(4, crossed.length));
  // The same words and nothing else: then their order is all that tells the questions apart.
  if (onlyA.length === 0 && onlyB.length === 0) unexplained.push(...crossed);
  glueChanges(a, b, add);
  const asked = (reading: Reading): readonly ContentWord[] => reading.words.filter(({ part }) => part === "asked");
  const longest = Math.max(a.words.length, b.words.length);
  add("both sides", onlyA.length > 0 && onlyB.length > 0 ? 1 : 0);
  add("one side", onlyA.length > 0 !== onlyB.length > 0 ? 1 : 0);
  add("inversions", Math.min(4, inversions(pairs)));
  add("any inversion", inversions(pairs) > 0 ? 1 : 0);
  const stray = strays(alignment, a, b);
  add("strays", stray.length);
  for (const sign of stray) add(`stray ${sign}`);
  if (stray.length > 0 && inversions(pairs) > 0) {
    add("stray and inverted");
    // Different products of each order are not different orders of each product.
    if (stray.includes("distinct") || stray.includes("each")) unexplained.push(stray.join(" "));
  }
  add("not neighbours", longest < 2 ? 0 : 1 - sharedNeighbours(alignment, a, b) / (longest - 1));
  add("wording", a.wording === b.wording ? 1 : 0);
  add("same words", lemmas(a.words) === lemmas(b.words) ? 1 : 0);
  add("asked first", asked(a)[0]?.lemma === asked(b)[0]?.lemma ? 1 : 0);
  add("asked last", asked(a).at(-1)?.lemma === asked(b).at(-1)?.lemma ? 1 : 0);
  add("last", a.words.at(-1)?.lemma === b.words.at(-1)?.lemma ? 1 : 0);
  add("part lengths", Math.min(4, Math.abs(asked(a).length - asked(b).length)));
  add("missing share", (onlyA.length + onlyB.length) / (a.words.length + b.words.length || 1));
  add("few words", longest <= 2 ? 1 : 0);
  add("many words", Math.min(10, longest) / 10);
  for (const { sign } of a.signs) add(`with ${sign}`);
  add("signs", Math.min(a.signs.length, 5));
  return { features, unexplained };
}
