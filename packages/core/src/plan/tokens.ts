import { numberWords } from "./lexicon.ts";
import { normalise } from "./words.ts";

/** One word, number or quoted phrase of a question. */
export interface Token {
  /** As written. */
  readonly text: string;
  /** Normalised; several words for a quoted phrase, a sign for a comparison. */
  readonly word: string;
  readonly quoted: boolean;
  /** Starts with a capital and is not just the start of the sentence. */
  readonly capital: boolean;
  /** The number it is, when it stands alone as one. */
  readonly number?: number | undefined;
  /** An ISO day. */
  readonly day?: string | undefined;
  readonly money?: boolean | undefined;
  readonly percent?: boolean | undefined;
  /** Stood alone in brackets. */
  readonly gloss?: boolean | undefined;
  /** The sign it was written together with and the word: ".com" of "gmail.com". */
  readonly glued?: string | undefined;
  /** A comma, colon or full stop stood before it. */
  readonly afterPause: boolean;
}

const piece =
  /"([^"]{1,300})"|“([^”]{1,300})”|‘([^’]{1,300})’|(?<![\p{L}\p{N}])'([^']{1,300})'(?![\p{L}\p{N}])|(\d{4}-\d{2}-\d{2})(?!\d)|([$€£]?)(\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)(?:(k|m|bn|b)|(\s?%))?(?![\p{L}\p{N}])|(>=|<=|!=|<>|==|≥|≤|>|<|=)|([\p{L}\p{N}][\p{L}\p{N}\p{M}'’&/_.+-]*)|([,;:?!])/giu;

const multipliers: Readonly<Record<string, number>> = {
  k: 1e3,
  m: 1e6,
  bn: 1e9,
  b: 1e9,
  thousand: 1e3,
  million: 1e6,
  billion: 1e9,
  hundred: 100,
};

/** Longer than this is no question about data. */
export const maxTokens = 60;

/** Characters that are looked at; what stands behind them costs nothing. */
const maxCharacters = 2000;

/** Splits the first 2000 characters of a question into tokens. Stops one token after `maxTokens`. */
export function tokenize(text: string): readonly Token[] {
  const question = text.slice(0, maxCharacters);
  const tokens: Token[] = [];
  let afterPause = true;
  const push = (token: Omit<Token, "afterPause">): void => {
    tokens.push({ ...token, afterPause });
    afterPause = false;
  };
  for (const match of question.matchAll(piece)) {
    if (tokens.length > maxTokens) break;
    const quoted = match[1] ?? match[2] ?? match[3] ?? match[4];
    if (quoted !== undefined) {
      const word = normalise(quoted);
      if (word !== "") push({ text: quoted, word, quoted: true, capital: true });
    } else if (match[5] !== undefined) {
      push({ text: match[5], word: match[5], quoted: false, capital: false, day: match[5] });
    } else if (match[7] !== undefined) {
      const scale = multipliers[(match[8] ?? "").toLowerCase()] ?? 1;
      const number = Number(match[7].replaceAll(",", "")) * scale;
      push({
        text: match[0],
        word: normalise(match[0]),
        quoted: false,
        capital: false,
        number,
        ...(match[6] ? { money: true } : {}),
        ...(match[9] === undefined ? {} : { percent: true }),
      });
    } else if (match[10] !== undefined) {
      push({ text: match[10], word: match[10], quoted: false, capital: false });
    } else if (match[11] !== undefined) {
      const capital = /^\p{Lu}/u.test(match[11]);
      const signs = match[11].split(/[\p{L}\p{N}\p{M}]+/u);
      for (const [index, word] of normalise(match[11].replace(/[.'’-]+$/, ""))
        .split(" ")
        .entries()) {
        if (word === "" || tokens.length > maxTokens) continue;
        const spelled = index === 0 && Object.hasOwn(numberWords, word) ? numberWords[word] : undefined;
        push({
          text: word === normalise(match[11]) ? signBefore(question, match.index) + match[11] : word,
          word,
          quoted: false,
          capital: capital && (tokens.length > 0 || /^\p{Lu}{2,}/u.test(match[11])),
          ...(index > 0 && /^[._+/-]$/.test(signs[index] ?? "") ? { glued: `${signs[index] ?? ""}${word}` } : {}),
          ...(spelled === undefined ? {} : { number: spelled }),
          ...(question[match.index - 1] === "(" && question[match.index + match[0].length] === ")" ? { gloss: true } : {}),
        });
      }
    } else {
      afterPause = true;
    }
  }
  return scaled(tokens);
}

/** The sign a name begins with: "-webkit", "@media", ".env". */
function signBefore(question: string, index: number): string {
  const sign = question[index - 1] ?? "";
  return /[-@#.]/.test(sign) && /\s/.test(question[index - 2] ?? "") ? sign : "";
}

/** "5 million" as one number. */
function scaled(tokens: readonly Token[]): Token[] {
  const result: Token[] = [];
  for (const token of tokens) {
    const before = result.at(-1);
    const scale = token.quoted ? undefined : multipliers[token.word];
    if (scale !== undefined && token.word.length > 2 && before?.number !== undefined) {
      result[result.length - 1] = {
        ...before,
        text: `${before.text} ${token.text}`,
        word: `${before.word} ${token.word}`,
        number: before.number * scale,
      };
    } else {
      result.push(token);
    }
  }
  return result;
}
