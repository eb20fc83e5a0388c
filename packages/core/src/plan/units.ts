import { bucketOf, timeAt, type TimeSpan } from "./times.ts";
import { type Dimension, dimensions, fillers, howAdjectives, phrases, softWords, trade } from "./lexicon.ts";
import type { Bucket } from "./query-plan.ts";
import type { Token } from "./tokens.ts";
import type { SchemaRef, ValueRef, Vocabulary } from "./vocabulary.ts";
import { nameWords, normalise, type Unit as Measurement, singular, unitOf } from "./words.ts";

/** A stretch of the question that is read as one, with every reading it may have. */
export interface Unit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly words: readonly string[];
  readonly quoted: boolean;
  /** The sign it was written together with and the text: ".com" of "gmail.com". */
  readonly glued?: string | undefined;
  readonly capital: boolean;
  readonly afterPause: boolean;
  readonly ops: ReadonlySet<string>;
  readonly comparative?: Dimension | undefined;
  readonly superlative?: Dimension | undefined;
  /** Field words of "how long", "how old". */
  readonly how?: readonly string[] | undefined;
  readonly schema: readonly SchemaRef[];
  readonly values: readonly ValueRef[];
  readonly number?: number | undefined;
  readonly percent?: boolean | undefined;
  /** Written with a sign of money. */
  readonly money?: boolean | undefined;
  readonly time?: TimeSpan | undefined;
  readonly bucket?: Bucket | undefined;
  readonly measurement?: Measurement | undefined;
  readonly trade?: "money" | "units" | undefined;
  readonly filler: boolean;
}

interface OperatorTable {
  readonly ops: ReadonlyMap<string, ReadonlySet<string>>;
  readonly comparatives: ReadonlyMap<string, Dimension>;
  readonly superlatives: ReadonlyMap<string, Dimension>;
}

function operatorTable(): OperatorTable {
  const ops = new Map<string, Set<string>>();
  for (const [op, list] of Object.entries(phrases)) {
    for (const phrase of list) {
      const key = /^[<>=!≥≤]+$/.test(phrase) ? phrase : normalise(phrase);
      const known = ops.get(key);
      if (known) known.add(op);
      else ops.set(key, new Set([op]));
    }
  }
  const comparatives = new Map<string, Dimension>();
  const superlatives = new Map<string, Dimension>();
  for (const dimension of dimensions) {
    for (const phrase of dimension.comparative) if (!comparatives.has(normalise(phrase))) comparatives.set(normalise(phrase), dimension);
    for (const phrase of dimension.superlative) if (!superlatives.has(normalise(phrase))) superlatives.set(normalise(phrase), dimension);
  }
  return { ops, comparatives, superlatives };
}

const table = operatorTable();
const lexicalWords: ReadonlySet<string> = new Set(
  [...table.ops.keys(), ...table.comparatives.keys(), ...table.superlatives.keys()].flatMap((phrase) => phrase.split(" ")),
);

/** True for words with a meaning of their own in questions; they are never typing mistakes. */
export function isLexical(word: string): boolean {
  return fillers.has(word) || lexicalWords.has(word);
}
const none: ReadonlySet<string> = new Set();
const maxOperatorWords = 6;
/** After these a place is named, not a part of some title. */
const places: ReadonlySet<string> = new Set(["in", "at", "near", "within", "around"]);

function candidate(
  tokens: readonly Token[],
  start: number,
  end: number,
  vocabulary: Vocabulary,
  now: Date,
  loose: boolean,
): { unit: Unit; weight: number } | undefined {
  const slice = tokens.slice(start, end);
  const first = slice[0];
  if (!first) return undefined;
  if (slice.slice(1).some((token) => token.afterPause || token.quoted) || (first.quoted && slice.length > 1)) return undefined;
  const quoted = first.quoted;
  const words = quoted ? first.word.split(" ") : slice.map((token) => token.word);
  const phrase = words.join(" ");
  const length = slice.length;
  const capital = slice.some((token) => token.capital);
  const written = slice.map((token) => token.text).join(" ");

  // "page count of books": no "count of" inside the full name of a column.
  const before = length > 1 ? tokens[start - 1]?.word : undefined;
  const splitsName =
    before !== undefined && vocabulary.schema([before, words[0] ?? ""]).some((ref) => ref.field !== undefined && ref.score >= 0.95);
  const ops = quoted || splitsName || length > maxOperatorWords ? none : (table.ops.get(phrase) ?? none);
  const comparative = quoted ? undefined : table.comparatives.get(phrase);
  const superlative = quoted ? undefined : table.superlatives.get(phrase);
  const how =
    !quoted && length === 2 && words[0] === "how" && Object.hasOwn(howAdjectives, words[1] ?? "")
      ? howAdjectives[words[1] ?? ""]
      : undefined;
  const timed = quoted ? undefined : timeAt(tokens, start, now);
  const time = timed?.length === length ? timed.span : undefined;
  const number = length === 1 && !quoted ? first.number : undefined;
  const isFiller = length === 1 && !quoted && fillers.has(phrase) && !isKindOfRows(tokens, start, vocabulary);
  const schema = quoted || number !== undefined || length > 5 ? [] : vocabulary.schema(words);
  const short = phrase.length <= 2;
  const traded = length === 1 && !quoted ? (trade.units.has(phrase) ? "units" : trade.money.has(phrase) ? "money" : undefined) : undefined;
  const bucket = quoted ? undefined : bucketOf(phrase);
  const measurement =
    length === 1 && !quoted && (phrase.length > 1 || tokens[start - 1]?.number !== undefined) ? unitOf(phrase) : undefined;
  const meansOther =
    ops.size > 0 ||
    comparative !== undefined ||
    superlative !== undefined ||
    isFiller ||
    traded !== undefined ||
    bucket !== undefined ||
    measurement !== undefined;
  const content = words.filter((word) => !fillers.has(word) && !table.ops.has(word));
  const allowed = quoted || (length > 1 && (content.length > 0 || capital)) || capital || (!meansOther && !short && number === undefined);
  const generic = length === 1 && !capital && !quoted && softWords.has(singular(phrase));
  // "the airports" are the airports, whatever text says so somewhere.
  const namesCollection =
    !quoted &&
    !capital &&
    content.length > 0 &&
    content.length < length &&
    vocabulary.schema(content).some((ref) => ref.kind === "collection" && ref.score >= 0.95);
  const found =
    (allowed && !generic && !namesCollection) || (number !== undefined && length === 1)
      ? vocabulary.values(words, {
          partial: (quoted || capital || length > 1 || loose) && !isFiller && (length > 1 || !meansOther || capital || quoted),
          written,
        })
      : [];
  const kind = length > 1 && !capital && !quoted ? kindBefore(words, vocabulary) : undefined;
  const values = found.filter((ref) => {
    if (kind !== undefined && ref.exact && (ref.field.values?.counts.size ?? 0) > kind) return false;
    if (number !== undefined) return ref.exact && ref.field.type === "string" && capital;
    if (short && !quoted && !ref.values.includes(written)) return false;
    if (ref.exact || quoted) return true;
    // A name of which only a part was said needs capitals, or most of its words.
    if (content.length === 0 || !content.includes(words[0] ?? "") || !content.includes(words.at(-1) ?? "")) return false;
    const before = tokens[start - 1]?.word ?? "";
    if (places.has(before) && /^(name|title)$/.test(nameWords(ref.field.name).at(-1) ?? "")) return false;
    if (loose && length === 1 && schema.length === 0 && phrase.length >= 4) return ref.values.length === 1;
    return slice.every((token) => token.capital || !content.includes(token.word)) || (length > 1 && ref.score >= 0.75);
  });
  const bestSchema = schema[0]?.score ?? 0;
  const bestExact = values.find((ref) => ref.exact)?.score ?? 0;
  const bestPartial = values.find((ref) => !ref.exact)?.score ?? 0;
  let weight = 0;
  if (isFiller) weight = 0.25;
  if (traded || bucket || measurement) weight = Math.max(weight, 1.15 * length);
  if (number !== undefined) weight = Math.max(weight, 1);
  if (ops.size > 0 || comparative || superlative || how) weight = Math.max(weight, 1.15 * length + 0.15 * (length - 1) ** 2);
  if (time) weight = Math.max(weight, length * 1.4);
  // A common little word is a name only when it is the whole name.
  if (bestSchema > 0 && !(isFiller && bestSchema < 0.95))
    weight = Math.max(weight, length * (0.6 + 0.8 * bestSchema) + (length > 1 ? 0.1 * length : 0));
  if (bestExact > 0)
    weight = Math.max(
      weight,
      quoted
        ? 5
        : length * (0.75 + 0.8 * bestExact) * (meansOther && length === 1 && !capital ? 0.3 : 1) +
            (capital ? 0.2 : 0) +
            // "New York" before a place called New and one called York.
            (length > 1 ? 0.15 * length : 0),
    );
  if (bestPartial > 0) weight = Math.max(weight, length * (0.55 + 0.6 * bestPartial) + 0.2 * (length - 1) + (capital ? 0.1 : -0.2));
  if (quoted) weight = Math.max(weight, 1);
  if (weight === 0 && length > 1) return undefined;
  const unit: Unit = {
    start,
    end,
    text: written,
    words,
    quoted,
    glued: length === 1 ? first.glued : undefined,
    capital,
    afterPause: first.afterPause,
    ops,
    comparative,
    superlative,
    how,
    schema,
    values,
    number,
    percent: first.percent,
    money: first.money,
    time,
    bucket,
    measurement,
    trade: traded,
    filler: isFiller,
  };
  return { unit, weight };
}

/** "The display fonts": a word of little meaning that says which, where a column of kinds holds just that. */
function isKindOfRows(tokens: readonly Token[], start: number, vocabulary: Vocabulary): boolean {
  const [before, word, rows] = [tokens[start - 1], tokens[start], tokens[start + 1]];
  if (!before || !word || !rows || rows.afterPause || word.word.length < 5 || isLexical(rows.word)) return false;
  if (/^(please|me|you|to|and|can|could|that|which|who)$/.test(before.word)) return false;
  const of = vocabulary.schema([rows.word]).find((ref) => ref.kind === "collection" && ref.score >= 0.95);
  return (
    of !== undefined &&
    vocabulary
      .values([word.word], { partial: false, written: word.text })
      .some((ref) => ref.exact && ref.collection === of.collection && (ref.field.values?.counts.size ?? 0) <= 20)
  );
}

/** How many values there are of the field that holds what stands before the name of a collection: "test networks", where a type is "Test". */
function kindBefore(words: readonly string[], vocabulary: Vocabulary): number | undefined {
  const rows = vocabulary.schema(words.slice(-1)).find((ref) => ref.kind === "collection" && ref.score >= 0.95);
  if (!rows) return undefined;
  const before = words.slice(0, -1);
  const kinds = vocabulary.values(before, { partial: false, written: before.join(" ") });
  const sizes = kinds.flatMap((ref) => (ref.exact && ref.collection === rows.collection ? [ref.field.values?.counts.size ?? 0] : []));
  return sizes.length === 0 ? undefined : Math.min(...sizes);
}

/** Cuts a question into the units that explain most of it. `loose`: a word of a name will do, in lower case too. */
export function segment(tokens: readonly Token[], vocabulary: Vocabulary, now: Date, loose = false): readonly Unit[] {
  const best: { score: number; unit?: Unit; from: number }[] = [{ score: 0, from: 0 }];
  for (let end = 1; end <= tokens.length; end++) best.push({ score: Number.NEGATIVE_INFINITY, from: 0 });
  const longest = Math.max(vocabulary.maxWords, maxOperatorWords);
  for (let start = 0; start < tokens.length; start++) {
    const before = best[start]?.score ?? 0;
    for (let end = start + 1; end <= Math.min(tokens.length, start + longest); end++) {
      const found = candidate(tokens, start, end, vocabulary, now, loose);
      const place = best[end];
      if (!found || !place) continue;
      const score = before + found.weight;
      if (score > place.score + 1e-9) best[end] = { score, unit: found.unit, from: start };
    }
  }
  const units: Unit[] = [];
  for (let end = tokens.length; end > 0;) {
    const place = best[end];
    if (!place?.unit) break;
    units.push(place.unit);
    end = place.from;
  }
  return units.toReversed();
}
