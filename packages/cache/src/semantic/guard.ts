import type { Sign } from "./lexicon.ts";
import type { ContentWord, Reading } from "./read-question.ts";
import { lemmaOf } from "./words.ts";

const amounts: ReadonlySet<Sign> = new Set<Sign>(["count", "average", "median", "sum", "max", "min", "percent"]);

/** Each of many is all of them, unless something is counted or measured. */
function signsOf({ signs }: Reading): readonly Sign[] {
  const read = signs.map(({ sign }) => sign);
  return read.some((sign) => amounts.has(sign)) ? read : read.filter((sign) => sign !== "each");
}

function signThatDiffers(a: Reading, b: Reading): Sign | undefined {
  const [ofA, ofB] = [signsOf(a), signsOf(b)];
  const count = (signs: readonly Sign[], sign: Sign): number => signs.filter((other) => other === sign).length;
  return [...ofA, ...ofB].find((sign) => count(ofA, sign) !== count(ofB, sign));
}

const nameOf = ({ raw }: ContentWord): string => raw.toLowerCase();
const fixedWords = ({ words }: Reading): readonly ContentWord[] => words.filter(({ fixed }) => fixed);

/** The name or time of one question that the other does not have; a plural in small letters will do. */
function missingName(a: Reading, b: Reading): string | undefined {
  const lacks = (reading: Reading) => (name: ContentWord) =>
    !reading.words.some((word) => nameOf(word) === nameOf(name) || (!/^\p{Lu}/u.test(word.raw) && word.lemma === lemmaOf(nameOf(name))));
  return (fixedWords(a).find(lacks(b)) ?? fixedWords(b).find(lacks(a)))?.raw;
}

/** Names that come in another order and are not told apart by the small word before them: from A to B is to B from A. */
function reordered(a: Reading, b: Reading): boolean {
  const names = new Set([...fixedWords(a), ...fixedWords(b)].map(nameOf));
  const sequence = ({ words }: Reading): readonly ContentWord[] => words.filter((word) => names.has(nameOf(word)));
  const [ofA, ofB] = [sequence(a), sequence(b)];
  const inOrder = (words: readonly ContentWord[]): string => words.map(nameOf).join(", ");
  if (inOrder(ofA) === inOrder(ofB)) return false;
  const roles = (words: readonly ContentWord[]): string =>
    words
      .map((word) => `${word.after} ${nameOf(word)}`)
      .toSorted()
      .join(", ");
  return roles(ofA) !== roles(ofB) || new Set(ofA.map(({ after }) => after)).size < ofA.length;
}

const numbersOf = ({ numbers }: Reading): string =>
  numbers.map(({ value, comparison }) => `${comparison ?? ""} ${value}`.trim()).join(", ");

/**
 * Why two questions cannot share an answer, or undefined. It only ever refuses: numbers and what they are compared by, names, times,
 * symbols, negation, extremes, sums and averages, order, grouping must be the same on both sides.
 */
export function refuse(a: Reading, b: Reading): string | undefined {
  if (!a.standsAlone || !b.standsAlone) return "means something only where it is said";
  if (a.symbols !== b.symbols) return `symbols: ${a.symbols || "none"} / ${b.symbols || "none"}`;
  if (numbersOf(a) !== numbersOf(b)) return `numbers: ${numbersOf(a) || "none"} / ${numbersOf(b) || "none"}`;
  const sign = signThatDiffers(a, b);
  if (sign !== undefined) return `only one asks for: ${sign}`;
  const name = missingName(a, b);
  if (name !== undefined) return `only one names: ${name}`;
  if (reordered(a, b)) return "names in another order";
  return undefined;
}
