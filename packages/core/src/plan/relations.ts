import { type Collection, type Field, keyOf, type Relation } from "./catalog.ts";
import { expandAbbreviation, roleNouns } from "./lexicon.ts";
import { nameWords } from "./words.ts";

const keyWords = new Set(["id", "key", "code", "no", "number", "ref", "fk", "uuid", "guid"]);

/** The words of a field's name that say what it points to: `support_rep_id` -> support, rep. */
function pointedAt(field: Field): string[] {
  const words = nameWords(field.name).map(expandAbbreviation);
  while (words.length > 1 && keyWords.has(words.at(-1) ?? "")) words.pop();
  return words;
}

const sameWords = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((word, index) => word === b[index]);

const endsWith = (words: readonly string[], end: readonly string[]): boolean => end.length > 0 && sameWords(words.slice(-end.length), end);

const comparable = (a: Field, b: Field): boolean => {
  const numeric = (field: Field): boolean => field.type === "integer" || field.type === "number";
  return (numeric(a) && numeric(b)) || (a.type === "string" && b.type === "string");
};

/** Quick refusal before the data is asked: bounds or sampled values that cannot fit. */
function mayBeContained(from: Field, to: Field): boolean {
  if (typeof from.min === "number" && typeof to.min === "number" && from.min < to.min) return false;
  if (typeof from.max === "number" && typeof to.max === "number" && from.max > to.max) return false;
  if (!from.values || !to.values?.complete) return true;
  let looked = 0;
  for (const value of from.values.counts.keys()) {
    if (!to.values.counts.has(value)) return false;
    if (++looked >= 50) break;
  }
  return looked > 0;
}

/** How strongly names suggest that `field` of `owner` points at `key` of `target`; 0 for not at all. */
function nameEvidence(owner: Collection, field: Field, target: Collection, key: Field): number {
  const pointed = pointedAt(field);
  const targetWords = nameWords(target.name).map(expandAbbreviation);
  const looksLikeKey = keyWords.has(nameWords(field.name).at(-1) ?? "");
  if (owner !== target && field.name.toLowerCase() === key.name.toLowerCase() && !/^_?id$|^name$|^title$/i.test(key.name)) {
    if (key.type !== "string" || looksLikeKey) return 1;
    // Two tables may both say in which country: only what tells the rows apart by itself is pointed at by its bare name.
    return keyOf(target) === key ? 0.7 : 0;
  }
  if (owner !== target && sameWords(pointed, targetWords)) return looksLikeKey ? 0.95 : 0.6;
  if (endsWith(pointed, targetWords)) return looksLikeKey ? 0.9 : 0.5;
  const last = pointed.at(-1) ?? "";
  if (targetWords.length > 1 && looksLikeKey && targetWords.at(-1) === last) return 0.5;
  for (const { words, targets, self } of roleNouns) {
    if (!words.some((word) => sameWords(pointed, word.split(" ")) || endsWith(pointed, word.split(" ")))) continue;
    if (self && owner === target) return 0.9;
    if (targets.some((noun) => targetWords.includes(noun))) return 0.8;
  }
  return 0;
}

/** Codes that all occur in another collection's unique text field need no name to be a relation. */
function valueEvidence(owner: Collection, field: Field, target: Collection, key: Field): number {
  if (owner === target || field.type !== "string" || key.type !== "string" || field.unique) return 0;
  const size = field.values?.counts.size ?? 0;
  if (size < 3 || key.values?.complete !== true) return 0;
  for (const code of key.values.counts.keys()) if (typeof code !== "string" || code.length > 12 || /\s/.test(code)) return 0;
  return 0.4;
}

/**
 * The relations stated by the source and those that names and values show.
 * A field points to one place only: the one with the best evidence whose values contain all of the field's.
 */
export async function inferRelations(
  collections: readonly Collection[],
  stated: readonly Relation[],
  contained: (from: Relation["from"], to: Relation["to"]) => Promise<boolean>,
): Promise<readonly Relation[]> {
  const has = (end: Relation["from"]): boolean =>
    collections.some((one) => one.name === end.collection && one.fields.some((field) => field.name === end.field));
  const relations = stated.filter((relation) => has(relation.from) && has(relation.to));
  for (const owner of collections) {
    for (const field of owner.fields) {
      if (relations.some((one) => one.from.collection === owner.name && one.from.field === field.name)) continue;
      const candidates: { score: number; target: Collection; key: Field }[] = [];
      for (const target of collections) {
        for (const key of target.fields) {
          if (!key.unique || (owner === target && key === field) || !comparable(field, key)) continue;
          const score = Math.max(nameEvidence(owner, field, target, key), valueEvidence(owner, field, target, key));
          // A collection's own key does not point elsewhere, except at the key of the collection it extends.
          const identifies = field.unique && (nameEvidence(owner, field, owner, field) > 0 || keyIsOwn(owner, field));
          if (score > 0 && !identifies && mayBeContained(field, key)) candidates.push({ score, target, key });
        }
      }
      candidates.sort((a, b) => b.score - a.score || Number(isIdentifier(b.key)) - Number(isIdentifier(a.key)));
      for (const { target, key } of candidates.slice(0, 5)) {
        const from = { collection: owner.name, field: field.name };
        const to = { collection: target.name, field: key.name };
        if (!(await contained(from, to))) continue;
        relations.push({ from, to });
        break;
      }
    }
  }
  return relations;
}

function isIdentifier(field: Field): boolean {
  return /(^_?id$|[_\s]?(id|key|code)$)/i.test(field.name);
}

function keyIsOwn(owner: Collection, field: Field): boolean {
  const words = pointedAt(field);
  const own = nameWords(owner.name).map(expandAbbreviation);
  return /^_?id$/i.test(field.name) || sameWords(words, own) || endsWith(own, words);
}
