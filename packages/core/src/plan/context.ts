import type { Catalog, Collection, Field } from "./catalog.ts";
import { isNumeric } from "./catalog.ts";
import { displayFields } from "./display-fields.ts";
import { directions, generalWords } from "./lexicon.ts";
import type { RelationGraph } from "./relation-graph.ts";
import type { Unit } from "./units.ts";
import type { SchemaRef, ValueRef, Vocabulary } from "./vocabulary.ts";
import { nameWords, singular } from "./words.ts";

/** Raised inside the planner when a question cannot become a plan; caught at its door. */
export class Unplannable extends Error {
  readonly choices: readonly string[];
  constructor(reason: string, choices: readonly string[] = []) {
    super(reason);
    this.choices = choices;
  }
}

/** One attempt to read a question, with one collection in the middle. */
export interface Context {
  readonly catalog: Catalog;
  readonly graph: RelationGraph;
  readonly vocabulary: Vocabulary;
  readonly main: Collection;
  readonly units: readonly Unit[];
  readonly now: Date;
  /** What was decided without being said, with the field it is about. */
  readonly notes: { readonly field: string; readonly text: string }[];
}

/** A field chosen for a phrase. */
export interface ChosenField {
  readonly collection: Collection;
  readonly field: Field;
  readonly score: number;
}

/** How near a collection is to another: 1 for itself, less for each relation between, 0 for none. */
export function nearness(context: Pick<Context, "graph">, from: string, to: string): number {
  if (from === to) return 1;
  const up = context.graph.up(from, to)[0];
  if (up) return Math.max(0.5, 1 - 0.06 * up.length);
  const any = context.graph.any(from, to)[0];
  return any ? Math.max(0.4, 0.85 - 0.05 * any.length) : 0;
}

const rankedSchema = (context: Context, unit: Unit): { ref: SchemaRef; score: number }[] =>
  unit.schema
    .map((ref) => ({ ref, score: ref.score * nearness(context, context.main.name, ref.collection.name) }))
    .filter(({ score }) => score > 0)
    .toSorted((a, b) => b.score - a.score);

/** The collection a unit names, when that is its best reading. */
export function entityOf(context: Context, unit: Unit): { readonly collection: Collection; readonly score: number } | undefined {
  const ranked = rankedSchema(context, unit);
  const collection = ranked.find(({ ref }) => ref.kind === "collection");
  if (!collection || collection.ref.score < 0.55) return undefined;
  // Rows of a collection with a column of its own name that repeats are not what the name says: several rows a country.
  const own = ranked.find(({ ref }) => ref.field && ref.collection === collection.ref.collection && ref.score >= 0.9);
  if (own?.ref.field && !own.ref.field.unique && own.ref.field.type === "string") return undefined;
  // A column of just that name, where the collection is only called something like it.
  if (own && own.ref.score >= 0.95 && collection.ref.score < 0.85) return undefined;
  const field = ranked.find(({ ref }) => ref.kind === "field");
  const margin = field && field.ref.collection === context.main ? 0.05 : -0.15;
  if (field && field.score > collection.score + margin && field.ref.collection !== collection.ref.collection) return undefined;
  return { collection: collection.ref.collection, score: collection.score };
}

const nameEnds: ReadonlySet<string> = new Set(["name", "title", "label"]);
const codeEnds: ReadonlySet<string> = new Set(["code", "id", "key", "abbreviation", "abbr", "iso", "iata", "slug", "url"]);
const extremes = { high: new Set(["max", "maximum", "high", "highest", "peak"]), low: new Set(["min", "minimum", "low", "lowest"]) };

/** The best field a unit may mean. Two that fit alike are an ambiguity the asker has to settle. */
export function fieldOfUnit(
  context: Context,
  unit: Unit,
  accept: (field: Field) => boolean = () => true,
  within?: Collection,
  prefer?: "high" | "low",
): ChosenField | undefined {
  const ranked = rankedSchema(context, unit)
    .flatMap(({ ref, score }) =>
      ref.field && accept(ref.field) && (!within || within === ref.collection)
        ? [{ collection: ref.collection, field: ref.field, score: within ? ref.score : score }]
        : [],
    )
    .filter(({ score }) => score >= 0.38);
  const best = ranked[0];
  if (!best) return undefined;
  // "name" alone asks for what a thing is called, which is shown anyway.
  if (best.score < 0.9 && /^names?$/.test(unit.words.join(" "))) return undefined;
  const rivals = ranked.filter(
    (one) => one !== best && one.collection === best.collection && one.score >= best.score - (best.score < 0.88 ? 0.13 : 0.03),
  );
  if (rivals.length === 0) return best;
  const all = [best, ...rivals];
  const extreme = prefer === undefined ? [] : all.filter(({ field }) => nameWords(field.name).some((word) => extremes[prefer].has(word)));
  if (extreme.length === 1 && extreme[0]) return extreme[0];
  const general = all.filter(({ field }) => nameWords(field.name).some((word) => generalWords.has(word)));
  if (general.length === 1 && general[0]) {
    context.notes.push({ field: general[0].field.name, text: `"${unit.text}" is taken as ${general[0].field.name}` });
    return general[0];
  }
  // Of a name and its codes the name is what people say.
  const called = all.filter(({ field }) => nameEnds.has(nameWords(field.name).at(-1) ?? ""));
  const [spoken] = called;
  if (spoken && called.length === 1 && all.every((one) => one === spoken || codeEnds.has(nameWords(one.field.name).at(-1) ?? ""))) {
    context.notes.push({ field: spoken.field.name, text: `"${unit.text}" is taken as ${spoken.field.name}` });
    return spoken;
  }
  const numbers = all.filter(({ field }) => isNumeric(field));
  if (numbers.length === 1 && numbers.length < all.length && numbers[0] && accept === isNumeric) return numbers[0];
  // "Version" of emojis is emoji_version: of what the rows themselves are.
  const rows = nameWords(best.collection.name).map(singular);
  const own = all.filter(({ field }) => {
    const words = nameWords(field.name);
    return (
      words.length > rows.length &&
      rows.every((word, at) => words[at] === word) &&
      unit.words.some((word) => singular(word) === words.at(-1))
    );
  });
  if (own.length === 1 && own[0]) {
    context.notes.push({ field: own[0].field.name, text: `"${unit.text}" is taken as ${own[0].field.name}` });
    return own[0];
  }
  // A name that lies wholly inside the others is the plainer one.
  const plainest = all.find((one) =>
    all.every((other) => other === one || nameWords(one.field.name).every((word) => nameWords(other.field.name).includes(word))),
  );
  if (plainest) return plainest;
  // "60 g of fat", where columns end in what they are measured in: it says of how much, and not of which.
  if (unit.measurement) return undefined;
  throw new Unplannable(
    `"${unit.text}" may mean several things`,
    all.map(({ field, collection }) => `${field.name} (${collection.name})`),
  );
}

/** The first field any of the words means, tried in the collections in turn. */
export function fieldByWords(
  context: Context,
  wordsList: readonly string[],
  collections: readonly Collection[],
  accept: (field: Field) => boolean,
  prefer?: "high" | "low",
): ChosenField | undefined {
  for (const collection of collections) {
    let best: ChosenField | undefined;
    let tie: ChosenField | undefined;
    for (const [index, phrase] of wordsList.entries()) {
      for (const ref of context.vocabulary.schema(phrase.split(" "))) {
        if (ref.collection !== collection || !ref.field || !accept(ref.field) || ref.score < 0.44) continue;
        const score = ref.score - 0.012 * index;
        const found = { collection, field: ref.field, score };
        if (!best || score > best.score + 0.001) {
          best = found;
          tie = undefined;
        } else if (best.field !== ref.field && Math.abs(score - best.score) <= 0.001) tie = found;
      }
    }
    if (!best) continue;
    if (tie) {
      const pair = [best, tie];
      const extreme =
        prefer === undefined ? [] : pair.filter(({ field }) => nameWords(field.name).some((word) => extremes[prefer].has(word)));
      if (extreme.length === 1 && extreme[0]) return extreme[0];
      const general = pair.filter(({ field }) => nameWords(field.name).some((word) => generalWords.has(word)));
      if (general.length !== 1 || !general[0]) {
        throw new Unplannable(
          `"${wordsList[0]}" may mean several things`,
          pair.map(({ field }) => `${field.name} (${collection.name})`),
        );
      }
      context.notes.push({ field: general[0].field.name, text: `taken by ${general[0].field.name}` });
      return general[0];
    }
    return best;
  }
  return undefined;
}

/** Collections by how near they are to the given one, itself first; only those a row points at when `up`. */
export function nearby(context: Context, from: Collection, up = false): readonly Collection[] {
  const reach = (one: Collection): number => {
    if (one === from) return 2;
    if (up) return context.graph.up(from.name, one.name).length > 0 ? nearness(context, from.name, one.name) : 0;
    return nearness(context, from.name, one.name);
  };
  return context.catalog.collections.filter((one) => reach(one) > 0).toSorted((a, b) => reach(b) - reach(a));
}

/** The name of a thing says which thing is meant; the same word elsewhere only describes. */
function namesRow(ref: ValueRef): boolean {
  return ref.exact && ref.field.unique && displayFields(ref.collection).includes(ref.field);
}

/** What a value unit may mean, nearest first; `cue` prefers the end of a journey its words ask for. */
export function rankedValues(context: Context, unit: Unit, cue: string | undefined): { ref: ValueRef; score: number }[] {
  return unit.values
    .map((ref) => ({
      ref,
      score:
        ref.score * nearness(context, context.main.name, ref.collection.name) +
        (cueFits(cue, ref.field) ? 0.12 : 0) +
        (namesRow(ref) ? 0.14 : 0),
    }))
    .filter(({ score }) => score > 0.2)
    .toSorted((a, b) => b.score - a.score || nameWords(a.ref.field.name).length - nameWords(b.ref.field.name).length);
}

/** True when a word like "from" asks for a field like "origin". */
export function cueFits(cue: string | undefined, field: { readonly name: string }): boolean {
  if (cue === undefined) return false;
  const words = nameWords(field.name);
  return directions.some((direction) => direction.cues.has(cue) && words.some((word) => direction.fields.has(word)));
}

/** True for the words that name an end of a journey. */
export function isCue(word: string): boolean {
  return directions.some((direction) => direction.cues.has(word));
}
