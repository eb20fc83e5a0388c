import { kindLimit, readTokens } from "./tokens.ts";

/** How many weights each type has; a power of two. */
export const buckets = 65_536;

/** Views of a question with how much each counts, however much it holds, in the order in which they are read. */
const viewWeights = Object.values({
  words: 1,
  stems: 1,
  pairs: 1,
  pieces: 1,
  patterns: 1.5,
  skips: 1.2,
  edges: 1,
  kinds: 1,
  kindPairs: 1,
  length: 0.7,
});

const maxKeys = 8_192;

/** Buckets of a question, view after view. The next reading overwrites them. */
export interface Features {
  readonly keys: Uint16Array;
  /** Where each view ends. */
  readonly ends: Int32Array;
  /** What each bucket of a view counts. */
  readonly scales: Float64Array;
  /** Kinds and looks of its words, each once. */
  readonly kinds: Int32Array;
  kindCount: number;
}

const features: Features = {
  keys: new Uint16Array(maxKeys),
  ends: new Int32Array(viewWeights.length),
  scales: new Float64Array(viewWeights.length),
  kinds: new Int32Array(kindLimit),
  kindCount: 0,
};

const mix = (a: number, b: number): number => {
  let x = Math.imul(a ^ Math.imul(b, 0x9e3779b1), 0x85ebca6b);
  x ^= x >>> 15;
  return Math.imul(x, 0x2c1b3c6d) ^ (x >>> 13);
};

let size = 0;
function add(key: number): void {
  if (size < maxKeys) features.keys[size++] = key ^ (key >>> 16);
}

const kindKey = (kind: number): number => mix(41, kind);

/** The bucket that says what a kind of words counts by itself. */
export const bucketOfKind = (kind: number): number => {
  const key = kindKey(kind);
  return (key ^ (key >>> 16)) & (buckets - 1);
};

const maxPieceChars = 24;

/** Three and four letters in a row, with the edges of the word. */
function addPieces(text: string, start: number, end: number): void {
  const stop = Math.min(end, start + maxPieceChars);
  let a = 0;
  let b = 0;
  let c = 60;
  for (let i = start; i <= stop; i++) {
    let code = i < stop ? text.charCodeAt(i) : 62;
    if (code >= 65 && code <= 90) code |= 32;
    if (b !== 0) add(mix(mix(b, c), code + 1_000));
    if (a !== 0) add(mix(mix(mix(a, b), c), code + 2_000));
    a = b;
    b = c;
    c = code;
  }
}

const patternLength = 4;

/** Two to four tokens in a row, with listed words as they are and as their kinds. */
function addPatterns(shapes: Int32Array, kinds: Int32Array, length: number): void {
  for (let from = 0; from < length; from++) {
    let exact = 17;
    let loose = 18;
    let isSame = true;
    const stop = Math.min(length, from + patternLength);
    for (let at = from; at < stop; at++) {
      const shape = shapes[at]!;
      const kind = kinds[at]!;
      exact = mix(exact, shape);
      loose = mix(loose, kind);
      if (shape !== kind) isSame = false;
      if (at === from) continue;
      add(exact);
      if (!isSame) add(loose);
    }
  }
}

/** Two to four tokens that say how it is asked, with whatever stands between them left out. */
function addSkips(kinds: Int32Array, starts: Int32Array, ends: Int32Array, length: number): void {
  let a = 1;
  let b = 1;
  let c = 1;
  for (let at = 0; at < length; at++) {
    if (ends[at]! > starts[at]!) continue;
    const kind = kinds[at]!;
    add(mix(mix(27, c), kind));
    add(mix(mix(mix(28, b), c), kind));
    add(mix(mix(mix(mix(29, a), b), c), kind));
    a = b;
    b = c;
    c = kind;
  }
  add(mix(mix(30, b), c));
}

/** How it begins, and how it ends. */
function addEdges(words: Int32Array, shapes: Int32Array, kinds: Int32Array, length: number): void {
  let exact = 23;
  let loose = 24;
  let literal = 25;
  for (let at = 0; at < 4 && at < length; at++) {
    add((exact = mix(exact, shapes[at]!)));
    add((loose = mix(loose, kinds[at]!)));
    if (at < 2) add((literal = mix(literal, words[at]!)));
  }
  if (length === 0) return;
  add(mix(31, kinds[length - 1]!));
  add(mix(33, words[length - 1]!));
  if (length > 1) add(mix(mix(32, kinds[length - 2]!), kinds[length - 1]!));
}

const maxPartners = 13;

/** Reads hashed words, pieces of words, patterns and kinds of asking out of the first 2,000 characters of a question; allocates nothing. */
export function featuresOf(text: string): Features {
  readViews(text);
  const { ends, scales } = features;
  for (let view = 0, from = 0; view < ends.length; from = ends[view++]!)
    scales[view] = viewWeights[view]! / Math.sqrt(Math.max(1, ends[view]! - from));
  return features;
}

function readViews(text: string): void {
  const { length, commas, words, shapes, kinds, stems, starts, ends, met, metList, metCount } = readTokens(text);
  const views = features.ends;
  let view = 0;
  size = 0;
  for (let at = 0; at < length; at++) add(mix(7, words[at]!));
  views[view++] = size;
  for (let at = 0; at < length; at++) if (stems[at] !== 0) add(mix(77, stems[at]!));
  views[view++] = size;
  for (let at = 1; at < length; at++) add(mix(mix(8, words[at - 1]!), words[at]!));
  views[view++] = size;
  for (let at = 0; at < length; at++) if (ends[at]! - starts[at]! > 3) addPieces(text, starts[at]!, ends[at]!);
  views[view++] = size;
  addPatterns(shapes, kinds, length);
  views[view++] = size;
  addSkips(kinds, starts, ends, length);
  views[view++] = size;
  addEdges(words, shapes, kinds, length);
  views[view++] = size;
  for (let a = 0; a < metCount; a++) {
    const kind = metList[a]!;
    features.kinds[a] = kind;
    add(kindKey(kind));
    if (met[kind]! > 1) add(mix(42, kind));
    if (met[kind]! > 2) add(mix(48, kind));
  }
  features.kindCount = metCount;
  views[view++] = size;
  for (let a = 0; a < metCount; a++) {
    const kind = metList[a]!;
    for (let b = a + 1; b < metCount && b <= a + maxPartners; b++) {
      const other = metList[b]!;
      add(kind < other ? mix(mix(43, kind), other) : mix(mix(43, other), kind));
    }
    add(mix(mix(44, kinds[0]!), kind));
  }
  views[view++] = size;
  let long = 0;
  for (let rest = length; rest > 1; rest = (rest * 0.72) | 0) long++;
  add(mix(47, 1));
  add(mix(49, long));
  add(mix(mix(50, long), length > 0 ? kinds[0]! : 0));
  add(mix(51, Math.min(3, commas)));
  views[view++] = size;
}
