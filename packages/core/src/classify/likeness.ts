/** Only the beginning is compared, which bounds the cost; what kind of question it is shows early. */
const maxChars = 1_000;
const maxWords = 80;

// Words most questions share say little of which questions are alike.
const common = new Set(
  "the and for are was were did does has have had how who what which when where why many much with from into that this these those there their our your you can could would should will please show give list get tell all any each per".split(
    " ",
  ),
);

/** A question as a direction: its words, neighbouring words and pieces of words, with how much each counts; of length 1 unless empty. */
export type Direction = ReadonlyMap<string, number>;

/** Reads what a question is compared by. Case and marks do not count. */
export function directionOf(question: string): Direction {
  const words = (
    question
      .slice(0, maxChars)
      .normalize("NFKC")
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  ).slice(0, maxWords);
  const found = new Map<string, number>();
  const add = (key: string, value: number): void => void found.set(key, (found.get(key) ?? 0) + value);
  for (const [at, word] of words.entries()) {
    const isCommon = word.length < 3 || common.has(word);
    add(word, isCommon ? 0.4 : 1);
    const next = words[at + 1];
    if (next !== undefined) add(`${word} ${next}`, 0.5);
    // Pieces hold together what is bent or misspelt.
    if (!isCommon) for (let i = 0; i + 4 <= word.length + 1; i++) add(`<${word}`.slice(i, i + 4), 0.3);
  }
  let sum = 0;
  for (const value of found.values()) sum += value * value;
  const length = Math.sqrt(sum);
  for (const [key, value] of found) found.set(key, value / length);
  return found;
}
