import { plainWords, wordKinds } from "./lexicon.ts";

/** Only the beginning is read: what kind of question it is shows early, and the cost stays bounded. */
export const maxReadChars = 2_000;
const maxTokens = 120;

/** What the kinds of words are called, in order; kind 1 is the first. */
export const kindNames: readonly string[] = Object.keys(wordKinds);

/** Looks of what no list knows. They are numbered after the kinds, and a question has them as it has kinds. */
const looks = {
  number: 40,
  year: 41,
  quoted: 42,
  path: 43,
  identifier: 44,
  capitals: 45,
  name: 46,
  ing: 47,
  ed: 48,
  est: 49,
  ly: 50,
  plural: 51,
  word: 52,
} as const;
export const kindLimit = 64;

/** A question taken apart: one slot a token in each list. The same lists are filled again by the next reading, so that reading allocates nothing. */
export interface Tokens {
  length: number;
  commas: number;
  /** A hash of the lower-case word, or the look of a value. */
  readonly words: Int32Array;
  /** A listed word stays itself, all others are their look. */
  readonly shapes: Int32Array;
  /** A listed word is its kind, all others are their look. */
  readonly kinds: Int32Array;
  /** The word without its plural s; 0 where it says nothing beside the word. */
  readonly stems: Int32Array;
  /** Where a word that no list knows begins and ends; nowhere for the others. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** How often each kind or look was met, three at most, and those that were, in the order they came. */
  readonly met: Uint8Array;
  readonly metList: Int32Array;
  metCount: number;
}

const slots = (): Int32Array => new Int32Array(maxTokens);
const tokens: Tokens = {
  length: 0,
  commas: 0,
  words: slots(),
  shapes: slots(),
  kinds: slots(),
  stems: slots(),
  starts: slots(),
  ends: slots(),
  met: new Uint8Array(kindLimit),
  metList: new Int32Array(kindLimit),
  metCount: 0,
};

const hashStart = 0x811c9dc5 | 0;
const hashPrime = 0x01000193;
const plainKind = 255;

// Listed words by hash, in a table of open addresses: a look-up makes no string.
const tableMask = 8_191;
const listed = { hashes: new Int32Array(0), kinds: new Uint8Array(0) };

function fillTable(): void {
  listed.hashes = new Int32Array(tableMask + 1);
  listed.kinds = new Uint8Array(tableMask + 1);
  const put = (list: string, kind: number): void => {
    for (const word of list.trim().split(/\s+/)) {
      let hash = hashStart;
      for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ word.charCodeAt(i), hashPrime);
      let at = (hash ^ (hash >>> 16)) & tableMask;
      while (listed.kinds[at] !== 0) at = (at + 1) & tableMask;
      listed.hashes[at] = hash;
      listed.kinds[at] = kind;
    }
  };
  Object.values(wordKinds).forEach((list, index) => put(list, index + 1));
  put(plainWords, plainKind);
}

function kindOf(hash: number): number {
  let at = (hash ^ (hash >>> 16)) & tableMask;
  while (listed.kinds[at] !== 0 && listed.hashes[at] !== hash) at = (at + 1) & tableMask;
  return listed.kinds[at] ?? 0;
}

function meet(kind: number): void {
  const before = tokens.met[kind] ?? 0;
  if (before === 0) tokens.metList[tokens.metCount++] = kind;
  if (before < 3) tokens.met[kind] = before + 1;
}

function push(word: number, shape: number, kind: number, stem = 0, start = 0, end = 0): void {
  const at = tokens.length++;
  tokens.words[at] = word;
  tokens.shapes[at] = shape;
  tokens.kinds[at] = kind;
  tokens.stems[at] = stem;
  tokens.starts[at] = start;
  tokens.ends[at] = end;
}

/** A value is the same whatever it is. */
function pushLook(look: number): void {
  push(look, look, look);
  meet(look);
}

const isLatin = (code: number): boolean => (code | 32) >= 97 && (code | 32) <= 122;
const isDigit = (code: number): boolean => code >= 48 && code <= 57;
const isOtherLetter = (code: number): boolean => (code >= 0xc0 && code < 0x2000) || code > 0x2100;
const isApostrophe = (code: number): boolean => code === 39 || code === 0x2019;

/** How a word looks that no list knows, by its capitals and its ending. */
function lookOf(text: string, start: number, end: number, upper: number, odd: number): number {
  const length = end - start;
  const last = text.charCodeAt(end - 1) | 32;
  const isPlural = last === 115 && (text.charCodeAt(end - 2) | 32) !== 115;
  if (odd > 0 || (upper > 1 && upper < length && !(last === 115 && upper === length - 1))) return looks.identifier;
  if (upper === length && length > 1) return looks.capitals;
  if (upper > 0 && tokens.length > 0) return looks.name;
  if (text.endsWith("ing", end) && length > 3) return looks.ing;
  if (text.endsWith("ed", end) && length > 2) return looks.ed;
  if (text.endsWith("est", end) && length > 4) return looks.est;
  if (text.endsWith("ly", end) && length > 2) return looks.ly;
  return isPlural ? looks.plural : looks.word;
}

/** Reads a word, and a possessive s behind it as one more; answers where it ends. */
function readWord(text: string, start: number, end: number): number {
  let hash = hashStart;
  let hashBefore = hashStart;
  let upper = 0;
  let odd = 0;
  let last = 0;
  let lastButOne = 0;
  let i = start;
  for (; i < end; i++) {
    let code = text.charCodeAt(i);
    if (isLatin(code)) {
      if (code < 97) upper++;
      code |= 32;
    } else if (isDigit(code) || code === 95) odd++;
    else if (isApostrophe(code) && isLatin(text.charCodeAt(i + 1))) {
      if ((text.charCodeAt(i + 1) | 32) === 115 && !isLatin(text.charCodeAt(i + 2))) break;
      code = 39;
    } else if (!isOtherLetter(code)) break;
    hashBefore = hash;
    hash = Math.imul(hash ^ code, hashPrime);
    lastButOne = last;
    last = code;
  }
  const isPlural = last === 115 && lastButOne !== 115 && i - start > 2;
  const stem = isPlural ? hashBefore : hash;
  const kind = kindOf(hash) || (isPlural && i - start > 3 ? kindOf(hashBefore) : 0);
  if (kind === plainKind) push(hash, hash, hash);
  else if (kind > 0) {
    push(hash, hash, kind, i - start > 3 ? stem : 0);
    meet(kind);
  } else {
    const look = lookOf(text, start, i, upper, odd);
    meet(look);
    push(hash, look, look, stem, start, i);
  }
  if (i < end && isApostrophe(text.charCodeAt(i)) && (text.charCodeAt(i + 1) | 32) === 115 && tokens.length < maxTokens) {
    push(39, 39, 39);
    i += 2;
  }
  return i;
}

/** Reads a number with what may stand inside one; answers where it ends. */
function readNumber(text: string, start: number, end: number): number {
  let i = start + 1;
  let isWhole = true;
  for (; i < end; i++) {
    const code = text.charCodeAt(i);
    if (isDigit(code)) continue;
    const joins = code === 46 || code === 44 || code === 58 || code === 45 || code === 47;
    if (!joins || !isDigit(text.charCodeAt(i + 1))) break;
    isWhole = false;
  }
  const century = (text.charCodeAt(start) - 48) * 10 + text.charCodeAt(start + 1) - 48;
  pushLook(isWhole && i - start === 4 && century >= 18 && century <= 20 ? looks.year : looks.number);
  return i;
}

/** Where a quotation that opens here closes, or 0 where it does not. */
function quotationEnd(text: string, start: number, end: number): number {
  const code = text.charCodeAt(start);
  const opens = code === 34 || code === 0x201c || (code === 39 && (start === 0 || text.charCodeAt(start - 1) <= 32));
  if (!opens) return 0;
  const closing = code === 0x201c ? 0x201d : code;
  const stop = Math.min(end, start + maxTokens);
  for (let i = start + 2; i < stop; i++) if (text.charCodeAt(i) === closing) return i + 1;
  return 0;
}

/** Whether a path, a flag, a variable or a pattern of files begins here. */
function beginsPath(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  const before = at === 0 ? 32 : text.charCodeAt(at - 1);
  return (code === 45 || code === 47 || code === 126 || code === 42 || code === 36) && before <= 39 && text.charCodeAt(at + 1) > 32;
}

/** Takes a question apart in one pass over its characters; the answer holds until the next reading. */
export function readTokens(text: string): Tokens {
  if (listed.hashes.length === 0) fillTable();
  const end = Math.min(text.length, maxReadChars);
  tokens.length = 0;
  tokens.commas = 0;
  tokens.metCount = 0;
  tokens.met.fill(0);
  for (let i = 0; i < end && tokens.length < maxTokens;) {
    const code = text.charCodeAt(i);
    if (code <= 32) i++;
    else if (isLatin(code) || isOtherLetter(code)) i = readWord(text, i, end);
    else if (isDigit(code)) i = readNumber(text, i, end);
    else if (beginsPath(text, i)) {
      pushLook(looks.path);
      while (i < end && text.charCodeAt(i) > 32) i++;
    } else {
      const closed = quotationEnd(text, i, end);
      if (closed > 0) pushLook(looks.quoted);
      else push(code, code, code);
      if (code === 44) tokens.commas++;
      i = closed || i + 1;
    }
  }
  // The closing mark is left out as often as not.
  while (tokens.length > 1 && isClosing(tokens.words[tokens.length - 1] ?? 0)) tokens.length--;
  return tokens;
}

const isClosing = (code: number): boolean => code === 63 || code === 46 || code === 33;
