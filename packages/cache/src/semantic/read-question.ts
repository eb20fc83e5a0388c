import { type Sign, asideWords, glueWords, momentWords, numberWords, phrasesFrom, shiftWords, spanWords } from "./lexicon.ts";
import { type Piece, piecesOf } from "./pieces.ts";
import { lemmaOf } from "./words.ts";

/** A word that carries content, in the place it has in the question. */
export interface ContentWord {
  readonly lemma: string;
  /** As it was written. */
  readonly raw: string;
  /** A name, a quoted word, a code or a time: stands for itself and for nothing else. */
  readonly fixed: boolean;
  readonly quoted: boolean;
  /** The part of the question it stands in: what is asked, a condition, a grouping, an order. */
  readonly part: Part;
  /** One of several joined by a comma or an and. */
  readonly listed: boolean;
  /** The small word right before it, such as `from`. */
  readonly after: string;
  /** Position among all pieces of the question. */
  readonly at: number;
}

export type Part = "asked" | "condition" | "group" | "order";

/** A number with the comparison before it. */
export interface NumberRead {
  readonly value: string;
  readonly comparison: Sign | undefined;
}

/** A sign with the content word it stands before. */
export interface SignRead {
  readonly sign: Sign;
  readonly before: string | undefined;
  readonly at: number;
}

/** What a question says, taken apart for comparing it with another. */
export interface Reading {
  readonly words: readonly ContentWord[];
  readonly signs: readonly SignRead[];
  readonly numbers: readonly NumberRead[];
  /** Symbols that mean something, such as `+` and `%`, in order. */
  readonly symbols: string;
  /** Small words that say how others hang together, in order. */
  readonly glue: readonly string[];
  /** The same for questions that differ in nothing but how they are phrased. */
  readonly wording: string;
  /** False for texts that mean something only where they are said, such as "yes" and "go on". */
  readonly standsAlone: boolean;
}

const conditionMarks = new Set("who whom whose that which where when with without having have has had whenever if".split(" "));
const orderMarks: ReadonlySet<Sign> = new Set<Sign>(["ascending", "descending"]);
const comparisons: ReadonlySet<Sign> = new Set<Sign>([
  "more",
  "at-least",
  "less",
  "at-most",
  "before",
  "after",
  "since",
  "until",
  "between",
  "exactly",
]);
const afterNumber = new Set([
  "or more",
  "or above",
  "or higher",
  "or greater",
  "or over",
  "or less",
  "or fewer",
  "or below",
  "or lower",
  "or under",
]);
/** Signs that say the same said once or twice. */
const saidOnce: ReadonlySet<Sign> = new Set<Sign>(["ascending", "descending", "distinct", "each", "or", "both", "exactly"]);
const openers = new Set("is are was were does do did can has have will should".split(" "));
const asking: ReadonlySet<Sign> = new Set<Sign>(["when", "where", "why", "how"]);

/** True for a code such as `EECS280`, `a_b` or `v1.2`. */
const isCode = (raw: string): boolean => /\p{N}|_|\.|\+\+|#/u.test(raw) && /\p{L}/u.test(raw);

const noNames: ReadonlySet<string> = new Set();

/** `names` are words in small letters that stand for themselves and for nothing else. */
export function readQuestion(text: string, names: ReadonlySet<string> = noNames): Reading {
  const pieces = piecesOf(text.normalize("NFC"));
  const words: ContentWord[] = [];
  const signs: { sign: Sign; before: string | undefined; at: number }[] = [];
  const numbers: NumberRead[] = [];
  const glue: string[] = [];
  const wording: string[] = [];
  let symbols = "";
  // Changed by the functions below, which narrowing does not see.
  let part = "asked" as Part;
  let comparison: Sign | undefined;
  let pending: { sign: Sign; before: string | undefined; at: number }[] = [];
  let opened = false;

  function addSign(sign: Sign, at: number): void {
    if (comparisons.has(sign)) comparison = sign;
    if (orderMarks.has(sign)) part = "order";
    if (sign === "each") part = "group";
    if (saidOnce.has(sign) && signs.some((known) => known.sign === sign)) return;
    const read = { sign, before: undefined, at };
    signs.push(read);
    pending.push(read);
    wording.push(`:${sign}`);
  }

  function addWord(lemma: string, raw: string, fixed: boolean, quoted: boolean, at: number): void {
    const before = pieces[at - 1]?.lower ?? "";
    for (const sign of pending) sign.before = lemma;
    pending = [];
    words.push({ lemma, raw, fixed, quoted, part, listed: isListed(pieces, at), after: glueWords.has(before) ? before : "", at });
    wording.push(quoted || fixed ? `=${raw.toLowerCase()}` : lemma);
    opened = true;
  }

  for (let at = 0; at < pieces.length; at++) {
    const piece = pieces[at]!;
    const { raw, lower, kind, quoted } = piece;
    if (quoted) {
      if (kind === "number") {
        numbers.push({ value: lower, comparison });
        comparison = undefined;
        wording.push(lower);
      } else if (kind !== "stop") addWord(lower, raw, true, true, at);
      continue;
    }
    if (kind === "stop") {
      if (lower === "," && part === "group") part = "asked";
      continue;
    }
    if (kind === "number" || (numberWords.has(lower) && raw === lower && !(lower === "one" && isPronoun(pieces, at)))) {
      const value = kind === "number" ? String(Number(lower)) : numberWords.get(lower)!;
      numbers.push({ value: Number.isSafeInteger(Number(value)) || lower.includes(".") ? value : lower, comparison });
      comparison = undefined;
      wording.push(`#${value}`);
      opened = true;
      continue;
    }
    const phrase = phrasesFrom
      .get(lower)
      ?.find(({ words: said }) => said.every((word, index) => pieces[at + index]?.lower === word && pieces[at + index]?.quoted === false));
    if (
      phrase !== undefined &&
      !isName(pieces, at, phrase.words.length) &&
      !(phrase.sign === "count" && lower.startsWith("number") && words.at(-1)?.at === at - 1)
    ) {
      const { sign, about } = phrase;
      const place = at;
      at += phrase.words.length - 1;
      if (sign !== undefined && asking.has(sign) && opened) {
        if (conditionMarks.has(lower)) part = "condition";
        continue;
      }
      if (sign === undefined && opened && conditionMarks.has(lower)) part = "condition";
      else if (sign === undefined && part === "group") part = "asked";
      const last = numbers.at(-1);
      if (sign !== undefined && last !== undefined && afterNumber.has(phrase.words.join(" "))) {
        numbers[numbers.length - 1] = { ...last, comparison: sign };
        signs.push({ sign, before: undefined, at: place });
        wording.push(`:${sign}`);
      } else if (sign !== undefined) addSign(sign, place);
      if (about !== undefined) addWord(about, lower, false, false, place);
      continue;
    }
    if (kind === "symbol") {
      if (lower !== "-" && lower !== "!") symbols += lower;
      continue;
    }
    if (at === 0 && openers.has(lower) && pieces[1]?.lower !== "you") addSign("yes-no", at);
    if (glueWords.has(lower) && !isCapitalised(raw, at, pieces)) {
      if (conditionMarks.has(lower) && opened) part = "condition";
      glue.push(lower);
      continue;
    }
    const next = pieces[at + 1];
    if (shiftWords.has(lower) && next !== undefined && spanWords.has(lemmaOf(next.lower))) {
      addWord(`${lower} ${lemmaOf(next.lower)}`, `${lower} ${next.lower}`, true, false, at);
      at++;
      continue;
    }
    const fixed = isCapitalised(raw, at, pieces) || isCode(raw) || momentWords.has(lower) || names.has(lower);
    addWord(fixed && isCode(raw) ? lower : lemmaOf(lower), raw, fixed, false, at);
  }

  const substantial = words.some(({ raw, fixed }) => fixed || !asideWords.has(raw.toLowerCase()));
  return {
    words,
    signs,
    numbers,
    symbols,
    glue,
    wording: wording.join(" ") + (symbols === "" ? "" : ` ${symbols}`),
    standsAlone: substantial,
  };
}

const joins = new Set([",", "and", "&", "or"]);

/** Next to a comma or an and; `the` and the like do not part them. */
function isListed(pieces: readonly Piece[], at: number): boolean {
  const before = pieces[at - 1]?.lower === "the" ? pieces[at - 2] : pieces[at - 1];
  return joins.has(before?.lower ?? "") || joins.has(pieces[at + 1]?.lower ?? "");
}

/** `the one who`, `which one`: no number. */
const isPronoun = (pieces: readonly Piece[], at: number): boolean =>
  ["the", "which", "this", "that", "each", "every"].includes(pieces[at - 1]?.lower ?? "") ||
  ["with", "who", "that", "which"].includes(pieces[at + 1]?.lower ?? "");

/** Capitalised where English would not: not at the start of a sentence. */
function isCapitalised(raw: string, at: number, pieces: readonly Piece[]): boolean {
  if (!/^\p{Lu}/u.test(raw) || raw === "I") return false;
  if (raw.length > 1 && raw === raw.toUpperCase() && raw !== "ID") return true;
  const before = pieces[at - 1];
  return before !== undefined && !(before.kind === "stop" && /[.?!:]/.test(before.raw)) && raw !== "ID";
}

/** A phrase in capitals amid a sentence is a name: `The Who`, `Best Buy`. */
function isName(pieces: readonly Piece[], at: number, length: number): boolean {
  const said = pieces.slice(at, at + length);
  return at > 0 && said.some((piece, index) => piece.kind === "word" && isCapitalised(piece.raw, at + index, pieces));
}
