import { cues } from "./cues.ts";

/** How many weights each type has; a power of two. */
export const buckets = 65_536;

/** Only the beginning is read: what kind of question it is shows early, and the cost stays bounded. */
export const maxReadChars = 2_000;

/** What a question shows of itself: buckets and how much each counts, with the cues that spoke. */
export interface Features {
  readonly indices: readonly number[];
  readonly values: readonly number[];
  /** Numbers of the cues that spoke, in the order of `cues`. */
  readonly fired: readonly number[];
}

// Words that say how something is asked rather than what about; all others are only shapes in the patterns of a question.
const asking = new Set(
  `a an the this that these those of in on at by for from to with without within into between among across per each every all any some no not never
and or but both neither either than then as if when where who whom whose which what why how many much more most less least fewer fewest top first last
best worst is are was were be been being do does did done has have had having can could should would will may might must shall i me my we our you your
it its he his she her they their them there here am also only same different other another average mean total sum number count maximum minimum max min
highest lowest largest smallest longest shortest oldest youngest newest latest earliest greater smaller higher lower larger above below over under after
before since until during while list show give find get tell name return display describe explain compare please group grouped order ordered sort sorted
distinct unique percentage ratio share trend table tables column columns field fields collection collections schema database file files directory use using
create delete remove add set update run start stop install check about mean means difference work works happen help make long old often ever order by`.split(
    /\s+/,
  ),
);

const tokenPattern = /"[^"]{0,120}"|'[^']{2,60}'(?!\w)|[\p{L}]+(?:'[a-z]+)?|\d[\d.,:/-]*|[^\s\p{L}\d]/gu;

function hash(text: string, seed: number): number {
  let h = seed ^ 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h ^= h >>> 15;
  h = Math.imul(h, 0x2c1b3c6d);
  return (h ^ (h >>> 13)) >>> 0;
}

const join = (a: number, b: number): number => Math.imul(a ^ (b + 0x9e3779b9 + (a << 6) + (a >>> 2)), 0x85ebca6b) >>> 0;

/** A word as it asks: itself when it is a word of asking, else what it looks like. */
function shapeOf(token: string, lower: string, isFirst: boolean): string {
  if (asking.has(lower)) return lower;
  const first = token.charCodeAt(0);
  if (first >= 48 && first <= 57) return lower.length === 4 ? "#y" : "#";
  if (first === 34 || (first === 39 && token.length > 2)) return "#q";
  if (token.length === 1) return token;
  if (!isFirst && lower[0] !== token[0]) return "#C";
  if (lower.endsWith("ing")) return "#ing";
  if (lower.endsWith("ed")) return "#ed";
  if (lower.endsWith("s") && !lower.endsWith("ss")) return "#s";
  return "#w";
}

/** Reads hashed words, pieces of words, patterns of asking and cues out of a question; bounded by its first 2,000 characters. */
export function featuresOf(question: string): Features {
  const text = question.length > maxReadChars ? question.slice(0, maxReadChars) : question;
  const indices: number[] = [];
  const values: number[] = [];
  const fired: number[] = [];
  const add = (key: number, value: number): void => {
    indices.push(key & (buckets - 1));
    values.push(value);
  };

  const tokens = (text.match(tokenPattern) ?? []).slice(0, 120);
  const words: number[] = [];
  const shapes: number[] = [];
  const pieces: number[] = [];
  for (const [at, token] of tokens.entries()) {
    const lower = token.toLowerCase();
    const shape = shapeOf(token, lower, at === 0);
    shapes.push(hash(shape, 11));
    words.push(hash(shape === "#" || shape === "#y" || shape === "#q" ? shape : lower, 7));
    if (shape.charCodeAt(0) !== 35 || shape.length === 1 || lower.length < 4) continue;
    const padded = `<${lower}>`;
    for (let size = 3; size <= 4; size++)
      for (let i = 0; i + size <= padded.length; i++) pieces.push(hash(padded.slice(i, i + size), 13 + size));
  }
  const group = (keys: readonly number[], weight: number): void => {
    const value = weight / Math.sqrt(keys.length || 1);
    for (const key of keys) add(key, value);
  };
  const pairs: number[] = [];
  const patterns: number[] = [];
  for (let i = 0; i < words.length; i++) {
    const next = words[i + 1];
    if (next !== undefined) pairs.push(join(words[i] ?? 0, next));
    let pattern = 17;
    for (let size = 1; size <= 4 && i + size <= shapes.length; size++) {
      pattern = join(pattern, shapes[i + size - 1] ?? 0);
      if (size > 1) patterns.push(pattern);
    }
  }
  group(words, 1.5);
  group(pairs, 1);
  group(patterns, 2);
  group(pieces, 1);
  // How it begins counts by itself: an order, a question word, a name.
  let beginning = 23;
  for (const shape of shapes.slice(0, 4)) add((beginning = join(beginning, shape)), 0.5);
  add(join(29, words[0] ?? 0), 0.5);
  add(join(31, words.at(-1) ?? 0), 0.2);
  add(join(37, Math.min(8, Math.round(2 * Math.log2(1 + tokens.length)))), 0.4);

  for (const [number, { name, pattern }] of cues.entries()) {
    if (!pattern.test(text)) continue;
    const key = hash(name, 41);
    add(key, 1);
    for (const other of fired) add(join(hash(cues[other]?.name ?? "", 43), key), 0.5);
    fired.push(number);
  }
  add(47, 0.5);
  return { indices, values, fired };
}
