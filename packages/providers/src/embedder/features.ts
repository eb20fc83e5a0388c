/** What a text is made of, and how much each part says. */
export type Features = ReadonlyMap<string, number>;

/** Words that hold sentences together say little of what they are about. */
const functionWords = new Set(
  (
    "a an the of to in on at by for from with as and or but is are was were be been do does did has have had will would can could should may " +
    "i you he she it we they me my your his her its our their this that these those there here what which who whom whose when where why how " +
    "please show tell give list find get me all any some each every s t"
  ).split(" "),
);
const functionWordWeight = 0.25;
/** All pieces of a word together say about as much as the word. */
const piecesWeight = 0.8;
const pairWeight = 0.35;
const maxWords = 512;
const maxWordChars = 64;
const maxChars = 32_768;
const words = /[\p{L}\p{M}]+|\p{N}+|[^\s\p{L}\p{M}\p{N}]/gu;

const isFunctionWord = (word: string): boolean => functionWords.has(word);

/** Words, pieces of three and four characters of each, and pairs of neighbours; more often says more, by the square root. */
export function featuresOf(text: string): Features {
  const counts = new Map<string, number>();
  const add = (feature: string, weight: number): void => {
    counts.set(feature, (counts.get(feature) ?? 0) + weight * weight);
  };
  let before = "";
  let seen = 0;
  for (const [found] of text.slice(0, maxChars).normalize("NFKC").toLowerCase().matchAll(words)) {
    if (++seen > maxWords) break;
    const word = found.slice(0, maxWordChars);
    const weight = isFunctionWord(word) ? functionWordWeight : 1;
    add(`w${word}`, weight);
    if (before !== "") add(`p${before} ${word}`, pairWeight);
    before = word;
    if (weight < 1) continue;
    const padded = `<${word}>`;
    const pieces = Math.max(1, 2 * padded.length - 5);
    const each = piecesWeight / Math.sqrt(pieces);
    for (let at = 0; at + 3 <= padded.length; at++) {
      add(padded.slice(at, at + 3), each);
      if (at + 4 <= padded.length) add(padded.slice(at, at + 4), each);
    }
  }
  for (const [feature, square] of counts) counts.set(feature, Math.sqrt(square));
  return counts;
}
