/** Only the beginning is compared, which bounds the cost; what kind of question it is shows early. */
const maxChars = 1_000;
const maxWords = 80;

// Words most questions share say little of which questions are alike.
const common = new Set(
  "the and for are was were did does has have had how who what which when where why many much with from into that this these those there their our your you can could would should will please show give list get tell all any each per may me my we us it its is in on of to by at or an as if be am do not no please need want would like there here now".split(
    " ",
  ),
);

/** A question as a direction: its words, neighbouring words and pieces of words, with how much each counts; of length 1 unless empty. */
export type Direction = ReadonlyMap<string, number>;

/** Reads what a question is compared by. Case and marks do not count. */
export function directionOf(question: string): Direction {
  const found = new Map<string, number>();
  const add = (key: string, value: number): void => void found.set(key, (found.get(key) ?? 0) + value);
  let before: string | undefined;
  const words =
    question
      .slice(0, maxChars)
      .normalize("NFKC")
      .toLowerCase()
      .match(/\p{L}+|\p{N}+/gu) ?? [];
  for (const each of words.slice(0, maxWords)) {
    // Which number it is says nothing of the kind of question.
    const word = /^\p{N}/u.test(each) ? "#" : each;
    const isCommon = word === "#" || common.has(word);
    add(word, isCommon ? 0.35 : 1);
    if (before !== undefined) add(`${before} ${word}`, 0.5);
    before = word;
    // Pieces hold together what is bent or misspelt.
    if (!isCommon) for (let i = 0; i + 4 <= word.length + 1; i++) add(`<${word}`.slice(i, i + 4), 0.3);
  }
  let sum = 0;
  for (const value of found.values()) sum += value * value;
  const length = Math.sqrt(sum);
  for (const [key, value] of found) found.set(key, value / length);
  return found;
}
