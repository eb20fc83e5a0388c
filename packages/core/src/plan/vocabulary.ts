import type { Catalog, Collection, Field } from "./catalog.ts";
import { demonyms, expandAbbreviation, fillers, synonyms } from "./lexicon.ts";
import { nameWords, normalise, root, singular } from "./words.ts";

/** A collection or one of its fields that a phrase may mean. */
export interface SchemaRef {
  readonly kind: "collection" | "field";
  readonly collection: Collection;
  readonly field?: Field | undefined;
  /** 1 for its name in full, less for a part of it, a synonym or a word of its description. */
  readonly score: number;
}

/** Values of one field that a phrase may mean. */
export interface ValueRef {
  readonly kind: "value";
  readonly collection: Collection;
  readonly field: Field;
  readonly values: readonly (string | boolean)[];
  /** True when the phrase is the whole value. */
  readonly exact: boolean;
  readonly score: number;
}

/** What phrases mean in one catalog. Built once, then only read. */
export interface Vocabulary {
  readonly schema: (words: readonly string[]) => readonly SchemaRef[];
  readonly values: (words: readonly string[], options: { readonly partial: boolean; readonly written: string }) => readonly ValueRef[];
  /** Names of the data one typing mistake away, or values: of any field for what is written as a name, else of those with few values. */
  readonly nearest: (word: string, isName: boolean) => string | undefined;
  /** No phrase with more words than this means anything. */
  readonly maxWords: number;
}

/** Little words inside a name; alone they never stand for it. */
const joints = new Set(["of", "in", "on", "at", "for", "the", "and", "or", "a", "an", "with", "is"]);
const idWords = new Set(["id", "key", "no", "fk", "uuid"]);

/** What the host calls something counts nearly as much as its name. */
const aliasScore = 0.98;

/** Lookups of one kind that are kept. */
const maxRemembered = 5000;
/** A field with more values than this holds names rather than kinds. */
const maxCommonValues = 50;

interface Entry {
  readonly collection: Collection;
  readonly field?: Field;
  readonly score: number;
}

function phrasesOfName(words: readonly string[], owner: readonly string[]): Map<string, number> {
  const result = new Map<string, number>();
  const put = (phrase: readonly string[], score: number): void => {
    const key = phrase.join(" ");
    if (key !== "" && (result.get(key) ?? 0) < score) result.set(key, score);
  };
  const n = words.length;
  const isId = n > 1 && idWords.has(words[n - 1] ?? "");
  for (let start = 0; start < n; start++) {
    for (let end = start + 1; end <= n; end++) {
      const part = words.slice(start, end);
      if (part.length === n) put(part, 1);
      // "time of" is no part of "time of day" that anybody says.
      else if (joints.has(part[0] ?? "") || joints.has(part.at(-1) ?? "")) continue;
      else if (isId && end < n) put(part, 0.3 + (0.25 * part.length) / (n - 1));
      else if (end === n) {
        const ownPrefix = words.slice(0, start).every((word) => owner.includes(word));
        put(part, ownPrefix && !idWords.has(part[0] ?? "") ? 0.96 : 0.5 + (0.35 * part.length) / n);
      } else put(part, 0.42 + (0.3 * part.length) / n);
    }
  }
  if (n > 1) put([words.join("")], 0.95);
  if (n >= 3) put([words.map((word) => word[0] ?? "").join("")], 0.9);
  return result;
}

const descriptionEnd = /\b(in|of|for|from|at|per|where|by|on|to|with|is|are|was|that|which|when|and|or)\b|[(.,;:]/i;

function phrasesOfDescription(description: string): Map<string, number> {
  const result = new Map<string, number>();
  const sentence = description.slice(0, 160).split(/[.\n]/)[0] ?? "";
  const head = normalise(sentence.replace(/^(the|an?|average|number of|total)\s+/i, "").split(descriptionEnd)[0] ?? "")
    .split(" ")
    .map(singular);
  if (head.length > 0 && head.length <= 4 && head[0] !== "") {
    result.set(head.join(" "), 0.8);
    if (head.length > 1) result.set(head[head.length - 1] ?? "", 0.5);
  }
  const words = normalise(sentence)
    .split(" ")
    .filter((word) => word.length > 2 && !fillers.has(word))
    .map(singular);
  for (const word of words.slice(0, 12)) if (!result.has(word)) result.set(word, 0.4);
  for (let index = 0; index + 1 < words.length && index < 12; index++) {
    const pair = `${words[index]} ${words[index + 1]}`;
    if (!result.has(pair)) result.set(pair, 0.5);
  }
  return result;
}

const lemma = (words: readonly string[]): string => words.map(singular).join(" ");
const rooted = (phrase: string): string => phrase.split(" ").map(root).join(" ");

interface IndexedValue {
  readonly collection: Collection;
  readonly field: Field;
  readonly value: string | boolean;
  readonly phrase: string;
  readonly words: number;
}

function distanceIsOne(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1 || a === b) return false;
  let i = 0;
  while (i < a.length && i < b.length && a[i] === b[i]) i++;
  const restA = a.slice(i);
  const restB = b.slice(i);
  if (restA.slice(1) === restB.slice(1) || restA.slice(1) === restB || restA === restB.slice(1)) return true;
  return restA.length > 1 && restB.length > 1 && restA[0] === restB[1] && restA[1] === restB[0] && restA.slice(2) === restB.slice(2);
}

/** Builds the vocabulary of a catalog, with values a probe found beside those the catalog holds. */
export function buildVocabulary(catalog: Catalog): Vocabulary {
  const names = new Map<string, Entry[]>();
  const roots = new Map<string, Entry[]>();
  const words = new Set<string>();
  const add = (phrase: string, entry: Entry): void => {
    const list = names.get(phrase);
    if (list) list.push(entry);
    else names.set(phrase, [entry]);
    const key = rooted(phrase);
    const related = roots.get(key);
    if (related) related.push(entry);
    else roots.set(key, [entry]);
    for (const word of phrase.split(" ")) if (word.length >= 5) words.add(word);
  };
  const exact = new Map<string, IndexedValue[]>();
  const byWord = new Map<string, IndexedValue[]>();
  let maxWords = 4;
  for (const collection of catalog.collections) {
    const owner = nameWords(collection.name);
    // Each abbreviated word written out, one at a time and all together.
    const spellings = (list: readonly string[]): string[][] => {
      const result = [[...list], list.flatMap((word) => expandAbbreviation(word).split(" "))];
      for (const [index, word] of list.entries()) {
        const expanded = expandAbbreviation(word);
        if (expanded !== word) result.push([...list.slice(0, index), ...expanded.split(" "), ...list.slice(index + 1)]);
      }
      return result;
    };
    for (const spelling of spellings(owner)) {
      for (const [phrase, score] of phrasesOfName(spelling, [])) add(phrase, { collection, score: score === 1 ? 1 : score * 0.9 });
    }
    for (const alias of collection.aliases ?? []) add(lemma(normalise(alias).split(" ")), { collection, score: aliasScore });
    for (const field of collection.fields) {
      const best = new Map<string, number>();
      const offer = (phrase: string, score: number): void => {
        if ((best.get(phrase) ?? 0) < score) best.set(phrase, score);
      };
      for (const alias of field.aliases ?? []) offer(lemma(normalise(alias).split(" ")), aliasScore);
      if (field.description !== undefined) for (const [phrase, score] of phrasesOfDescription(field.description)) offer(phrase, score);
      const leaf = field.name.split(".").at(-1) ?? field.name;
      for (const spelling of spellings(nameWords(leaf))) for (const [phrase, score] of phrasesOfName(spelling, owner)) offer(phrase, score);
      if (leaf !== field.name) for (const [phrase, score] of phrasesOfName(nameWords(field.name), owner)) offer(phrase, score);
      // An object is known by what it is called: the operator of a station by the operator's name.
      const called =
        field.type === "object"
          ? ["name", "title", "label"].flatMap((name) => collection.fields.find((one) => one.name === `${field.name}.${name}`) ?? [])[0]
          : undefined;
      for (const [phrase, score] of best) add(phrase, { collection, field: called ?? field, score });
      indexValues(collection, field);
    }
  }

  function indexValues(collection: Collection, field: Field): void {
    if (!field.values || field.type === "boolean") return;
    for (const value of field.values.counts.keys()) {
      if (typeof value !== "string" || value.length > 200) continue;
      const phrase = normalise(value);
      if (phrase === "") continue;
      const parts = phrase.split(" ");
      const entry = { collection, field, value, phrase: ` ${phrase} `, words: parts.length };
      const list = exact.get(phrase);
      if (list) list.push(entry);
      else exact.set(phrase, [entry]);
      if (parts.length <= 10) maxWords = Math.max(maxWords, parts.length);
      if (parts.length === 1 || parts.length > 12) continue;
      for (const word of new Set(parts)) {
        const sharing = byWord.get(word);
        if (sharing) sharing.push(entry);
        else byWord.set(word, [entry]);
      }
    }
  }

  const remembered = new Map<string, readonly SchemaRef[]>();

  function lookupSchema(question: readonly string[]): readonly SchemaRef[] {
    const phrase = lemma(question);
    const known = remembered.get(phrase);
    if (known) return known;
    const best = new Map<string, SchemaRef>();
    const collect = (entries: readonly Entry[] | undefined, factor: number): void => {
      for (const { collection, field, score } of entries ?? []) {
        const key = `${collection.name}\0${field?.name ?? ""}`;
        const value = score * factor;
        if ((best.get(key)?.score ?? 0) < value) best.set(key, { kind: field ? "field" : "collection", collection, field, score: value });
      }
    };
    collect(names.get(phrase), 1);
    if (question.length > 1) collect(names.get(question.map(singular).join("")), 0.95);
    if (phrase.length >= 4) collect(roots.get(rooted(phrase)), 0.88);
    for (const other of [...(synonyms.get(phrase) ?? []), ...(synonyms.get(question.join(" ")) ?? [])]) {
      const spelled = other.split(" ").map(singular).join(" ");
      collect(names.get(spelled), 0.8);
      collect(roots.get(rooted(spelled)), 0.7);
    }
    if (question.length === 2 || question.length === 3) {
      // "bill length" for beak length: one word of it said otherwise.
      for (const [index, word] of question.entries()) {
        for (const other of synonyms.get(singular(word)) ?? []) {
          const parts = [...question.slice(0, index), ...other.split(" "), ...question.slice(index + 1)];
          collect(names.get(lemma(parts)), 0.8);
        }
      }
    }
    if (question.length === 1 && phrase.length >= 5) {
      // An abbreviated word of a name: "expect" for expectancy, "pop" for population.
      for (let size = phrase.length - 1; size >= Math.max(4, phrase.length - 4); size--) collect(names.get(phrase.slice(0, size)), 0.7);
    }
    if (best.size === 0 && question.length === 1 && phrase.length >= 5) {
      // "strikes" for a collection called birdstrikes.
      for (const collection of catalog.collections) {
        const last = nameWords(collection.name).at(-1) ?? "";
        if (last.length >= phrase.length + 3 && last.endsWith(phrase))
          best.set(collection.name, { kind: "collection", collection, score: 0.6 });
      }
    }
    const result = [...best.values()].toSorted((a, b) => b.score - a.score);
    if (remembered.size < 20_000) remembered.set(phrase, result);
    return result;
  }

  function lookupValues(question: readonly string[], options: { partial: boolean; written: string }): readonly ValueRef[] {
    const phrase = question.join(" ");
    const found = new Map<string, { collection: Collection; field: Field; values: Set<string | boolean>; exact: boolean; score: number }>();
    const put = (entry: IndexedValue, isExact: boolean, score: number): void => {
      const key = `${entry.collection.name}\0${entry.field.name}`;
      const known = found.get(key);
      if (!known) {
        found.set(key, { collection: entry.collection, field: entry.field, values: new Set([entry.value]), exact: isExact, score });
      } else if (known.exact === isExact && (isExact || known.values.size < 200)) {
        known.values.add(entry.value);
        known.score = Math.max(known.score, score);
      }
    };
    for (const entry of exact.get(phrase) ?? []) put(entry, true, entry.value === options.written ? 1 : 0.98);
    const single = lemma(question);
    if (single !== phrase) for (const entry of exact.get(single) ?? []) put(entry, true, 0.9);
    if (question.length === 1 && phrase.length >= 4 && !exact.has(phrase)) {
      // "rainy" for rain, "sunny" for sun.
      const base = root(phrase);
      if (base.length >= 3 && base !== single) for (const entry of exact.get(base) ?? []) put(entry, true, 0.8);
    }
    const plural = exact.get(`${phrase}s`);
    if (plural) for (const entry of plural) put(entry, true, 0.88);
    const other = Object.hasOwn(demonyms, phrase) ? demonyms[phrase] : undefined;
    for (const name of other ?? []) {
      // A code of two letters stands for a place only in a field of codes.
      for (const entry of exact.get(name) ?? [])
        if (name.length > 2 || (typeof entry.value === "string" && entry.value.length <= 2)) put(entry, true, 0.86);
    }
    if (options.partial) {
      const needle = question.length > 1 || byWord.has(phrase) ? phrase : single;
      const rarest =
        needle
          .split(" ")
          .map((word) => byWord.get(word) ?? [])
          .toSorted((a, b) => a.length - b.length)[0] ?? [];
      for (const entry of rarest.slice(0, 2000)) {
        if (!entry.phrase.includes(` ${needle} `)) continue;
        put(entry, false, 0.45 + (0.4 * question.length) / entry.words);
      }
    }
    return [...found.values()]
      .map(({ values, ...rest }): ValueRef => ({ kind: "value", ...rest, values: [...values] }))
      .toSorted((a, b) => b.score - a.score);
  }

  const rememberedValues = new Map<string, readonly ValueRef[]>();
  const rememberedNearest = new Map<string, string | undefined>();
  let values: readonly string[] | undefined;
  let common: readonly string[] | undefined;
  const closeTo = (word: string, candidates: Iterable<string>): string | undefined => {
    const base = singular(word);
    const close = new Set<string>();
    for (const candidate of candidates) {
      if (candidate[0] === word[0] && (distanceIsOne(candidate, base) || distanceIsOne(candidate, word))) close.add(candidate);
    }
    return close.size === 1 ? [...close][0] : undefined;
  };
  return {
    schema: lookupSchema,
    values(question, options) {
      const key = `${question.join(" ")}\0${options.partial}\0${options.written}`;
      const known = rememberedValues.get(key);
      if (known) return known;
      const found = lookupValues(question, options);
      if (rememberedValues.size >= maxRemembered) rememberedValues.clear();
      rememberedValues.set(key, found);
      return found;
    },
    maxWords: Math.min(maxWords, 8),
    nearest(word, isName) {
      if (word.length < 5) return undefined;
      const key = `${isName ? "name" : "word"} ${word}`;
      if (rememberedNearest.has(key)) return rememberedNearest.get(key);
      values ??= [...exact.keys()].filter((value) => value.length >= 5 && !value.includes(" "));
      common ??= values.filter((value) => exact.get(value)?.some((entry) => (entry.field.values?.counts.size ?? 0) <= maxCommonValues));
      // A plain word is no mistyped name of one thing among many.
      const found = closeTo(word, words) ?? closeTo(word, isName ? values : common);
      if (rememberedNearest.size >= maxRemembered) rememberedNearest.clear();
      rememberedNearest.set(key, found);
      return found;
    },
  };
}
