import { type Catalog, type Collection, fieldOf, isNumeric } from "./catalog.ts";
import { buildPlan } from "./build-plan.ts";
import { type Context, nearness, Unplannable } from "./context.ts";
import { explainPlan } from "./explain.ts";
import type { QueryPlan } from "./query-plan.ts";
import { moneyFields, quantityFields } from "./lexicon.ts";
import { readQuestion } from "./read-question.ts";
import { type RelationGraph, relationGraph } from "./relation-graph.ts";
import { maxTokens, type Token, tokenize } from "./tokens.ts";
import { isLexical, segment, type Unit } from "./units.ts";
import { validatePlan } from "./validate.ts";
import { buildVocabulary, type Vocabulary } from "./vocabulary.ts";

/** What became of a question. */
export type PlanOutcome =
  | {
      readonly kind: "plan";
      readonly plan: QueryPlan;
      /** From 0 to 1: how much of the question the plan explains, and how directly. */
      readonly confidence: number;
      /** The plan as one English sentence. */
      readonly explanation: string;
      /** What was decided without being said. */
      readonly assumptions: readonly string[];
    }
  /** It can be read in several ways; ask which is meant. */
  | { readonly kind: "ambiguous"; readonly reason: string; readonly choices: readonly string[] }
  | {
      readonly kind: "unplannable";
      readonly reason: string;
      /** Words that found no place in the data. */
      readonly unplaced: readonly string[];
      /** The nearest question that can be answered. */
      readonly nearest?: string | undefined;
    };

/** What a question is planned with. */
export interface PlanOptions {
  /** Relative dates are counted from here. @default the current time */
  readonly now?: Date | undefined;
}

interface Prepared {
  readonly graph: RelationGraph;
  readonly vocabulary: Vocabulary;
}

const prepared = new WeakMap<Catalog, Prepared>();

function prepare(catalog: Catalog): Prepared {
  const known = prepared.get(catalog);
  if (known) return known;
  const made = { graph: relationGraph(catalog), vocabulary: buildVocabulary(catalog) };
  prepared.set(catalog, made);
  return made;
}

/** How well the units fit around one collection. */
function affinity(units: readonly Unit[], { graph, vocabulary }: Prepared, main: Collection): number {
  let sum = 0;
  let first = true;
  for (const unit of units) {
    if (unit.filler && !unit.schema.some((ref) => ref.score >= 0.95)) continue;
    let best = 0;
    for (const ref of unit.schema) best = Math.max(best, ref.score * nearness({ graph }, main.name, ref.collection.name));
    for (const ref of unit.values) best = Math.max(best, ref.score * nearness({ graph }, main.name, ref.collection.name));
    const named = unit.schema.find((ref) => ref.kind === "collection" && ref.collection === main);
    if (named && first) best += 0.35 * named.score;
    else if (named) best += 0.1 * named.score;
    if (unit.schema.some((ref) => ref.kind === "collection" && ref.score > 0.8)) first = false;
    if (unit.time?.year !== undefined) best = yearFits(main, unit.time.year);
    const asked =
      unit.superlative?.fields ??
      unit.comparative?.fields ??
      unit.how ??
      (unit.trade === "money" ? moneyFields : unit.trade === "units" ? quantityFields : undefined);
    // A word that names a column elsewhere in full means no other amount here, unless the two belong together.
    const column = unit.trade && unit.schema.find((ref) => ref.field && ref.score >= 0.95);
    const isForeign = column !== undefined && nearness({ graph }, main.name, column.collection.name) === 0;
    if (asked && best < 0.5 && !isForeign) best = Math.max(best, namedField(vocabulary, main, asked));
    if (unit.bucket && main.fields.some((field) => field.type === "date")) best = Math.max(best, 0.2);
    sum += best * Math.min(3, unit.words.length);
  }
  return sum;
}

/** How well one of the collection's number or date fields answers to the words. */
function namedField(vocabulary: Vocabulary, main: Collection, words: readonly string[]): number {
  let best = 0;
  words.forEach((phrase, index) => {
    for (const ref of vocabulary.schema(phrase.split(" "))) {
      if (ref.collection === main && ref.field && (isNumeric(ref.field) || ref.field.type === "date"))
        best = Math.max(best, 0.6 * ref.score - 0.01 * index);
    }
  });
  return best;
}

/** A year outside everything a collection holds speaks against it. */
function yearFits(main: Collection, year: number): number {
  for (const field of main.fields) {
    const isYear = /year/i.test(field.name) && typeof field.min === "number" && typeof field.max === "number";
    if (isYear && typeof field.min === "number" && typeof field.max === "number")
      return year >= field.min && year <= field.max ? 0.3 : -0.8;
    if (field.type === "date" && typeof field.min === "string" && typeof field.max === "string") {
      const low = Number(field.min.slice(0, 4));
      const high = Number(field.max.slice(0, 4));
      if (Number.isFinite(low) && Number.isFinite(high)) return year >= low && year <= high ? 0.3 : 0;
    }
  }
  return 0;
}

/** Plans a question over a catalog. Deterministic, without a model; the same question and catalog give the same outcome. */
export function plan(question: string, catalog: Catalog, options: PlanOptions = {}): PlanOutcome {
  const now = options.now ?? new Date();
  const tokens = tokenize(question);
  if (tokens.length === 0) return { kind: "unplannable", reason: "There is no question.", unplaced: [] };
  if (tokens.length > maxTokens) return { kind: "unplannable", reason: "That is too long for a question about data.", unplaced: [] };
  const { vocabulary } = prepare(catalog);
  const first = attempt(segment(tokens, vocabulary, now), catalog, now);
  if (first.kind !== "unplannable") return first;
  const glossed = withGlosses(tokens, vocabulary);
  if (glossed) {
    const outcome = attempt(segment(glossed.tokens, vocabulary, now), catalog, now);
    if (outcome.kind === "plan")
      return { ...outcome, confidence: outcome.confidence * 0.9, assumptions: [...glossed.notes, ...outcome.assumptions] };
  }
  if (first.unplaced.length === 0 || first.unplaced.length > 3) return first;
  // Once more, with typing mistakes mended and names known by a part of them.
  const missing = new Set(first.unplaced.flatMap((text) => text.split(" ")));
  const mended: string[] = [];
  const corrected = tokens.map((token) => {
    const nearest =
      missing.has(token.text) && !token.quoted && !isLexical(token.word) && token.number === undefined
        ? vocabulary.nearest(token.word, token.capital)
        : undefined;
    if (nearest === undefined) return token;
    mended.push(`"${token.text}" is read as "${nearest}"`);
    return { ...token, word: nearest };
  });
  const second = attempt(segment(corrected, vocabulary, now, true), catalog, now);
  if (second.kind !== "plan") return first;
  return { ...second, confidence: second.confidence * 0.8, assumptions: [...mended, ...second.assumptions] };
}

/** "Life expectancy (health)", where a field is called health: the field instead of the words before it. */
function withGlosses(tokens: readonly Token[], vocabulary: Vocabulary): { tokens: readonly Token[]; notes: readonly string[] } | undefined {
  const kept: Token[] = [];
  const notes: string[] = [];
  for (const token of tokens) {
    if (token.gloss === true && vocabulary.schema([token.word]).some((ref) => ref.field && ref.score >= 0.95)) {
      const replaced: string[] = [];
      for (let last = kept.at(-1); last && !last.quoted && !isLexical(last.word) && replaced.length < 4; last = kept.at(-1)) {
        replaced.unshift(last.text);
        kept.pop();
      }
      if (replaced.length > 0) notes.push(`"${replaced.join(" ")}" is read as ${token.text}`);
    }
    kept.push(token);
  }
  return notes.length > 0 ? { tokens: kept, notes } : undefined;
}

function attempt(units: readonly Unit[], catalog: Catalog, now: Date): PlanOutcome {
  const known = prepare(catalog);
  const { graph, vocabulary } = known;
  const mains = catalog.collections
    .map((collection) => ({ collection, score: affinity(units, known, collection) }))
    .filter(({ score }) => score > 0.3)
    .toSorted((a, b) => b.score - a.score);
  const best = mains[0];
  if (!best) return unplannable(units, catalog, "None of its words name anything in the data.");
  const attempts = mains.filter(({ score }) => score >= best.score - 0.75).slice(0, 4);
  let failure: Unplannable | undefined;
  const found: { plan: QueryPlan; confidence: number; notes: readonly string[]; unexplained: readonly string[]; score: number }[] = [];
  for (const { collection, score } of attempts) {
    const context: Context = { catalog, graph, vocabulary, main: collection, units, now, notes: [] };
    try {
      const frame = readQuestion(context);
      const built = buildPlan(context, frame);
      const problems = validatePlan(built.plan, catalog);
      if (problems.length > 0) throw new Unplannable(problems[0] ?? "the plan does not fit the data");
      found.push({
        plan: built.plan,
        confidence: frame.explained * built.fit,
        notes: spoken(context.notes, built.plan),
        unexplained: frame.unexplained,
        score,
      });
    } catch (error) {
      if (!(error instanceof Unplannable)) throw error;
      failure ??= error;
      if (collection === best.collection && error.choices.length > 0)
        return { kind: "ambiguous", reason: error.message, choices: error.choices };
    }
  }
  const complete = found
    .filter((one) => one.unexplained.length === 0)
    .toSorted((a, b) => b.score + b.confidence - (a.score + a.confidence));
  const chosen = complete[0];
  if (!chosen) {
    const nearest = found.toSorted((a, b) => a.unexplained.length - b.unexplained.length)[0];
    if (nearest) {
      const unplaced = nearest.unexplained;
      return {
        kind: "unplannable",
        reason: `I could not place ${unplaced.map((word) => `"${word}"`).join(", ")} in the data.`,
        unplaced,
        nearest: explainPlan(nearest.plan),
      };
    }
    if (failure && failure.choices.length > 0) return { kind: "ambiguous", reason: failure.message, choices: failure.choices };
    return unplannable(units, catalog, failure ? `I could not plan this: ${failure.message}.` : "I could not plan this.");
  }
  const rivals = complete.filter(
    (one) => one.plan.from !== chosen.plan.from && Math.abs(one.score - chosen.score) < 0.01 && one.confidence >= chosen.confidence,
  );
  // "The population of India": where India is one row, not one of many.
  const single = [chosen, ...rivals].filter((one) => namesOneRow(one.plan, catalog));
  const [only] = single;
  const settled = rivals.length > 0 && only !== undefined && single.length === 1 ? only : chosen;
  if (rivals.length > 0 && single.length !== 1) {
    return { kind: "ambiguous", reason: "Several collections could answer this", choices: [chosen, ...rivals].map((one) => one.plan.from) };
  }
  return {
    kind: "plan",
    plan: settled.plan,
    confidence: settled.confidence,
    explanation: explainPlan(settled.plan),
    assumptions: rivals.length > 0 ? [...settled.notes, `taken from ${settled.plan.from}, where that is one row`] : settled.notes,
  };
}

/** The plan lists rows of which one of its conditions can leave no more than one. */
function namesOneRow(made: QueryPlan, catalog: Catalog): boolean {
  if (made.measures.length > 0) return false;
  return made.where.some((condition) => {
    const isOne =
      (condition.kind === "compare" && condition.op === "=") ||
      (condition.kind === "in" && condition.negated !== true && condition.values.length === 1);
    return isOne && condition.field.via === undefined && fieldOf(catalog, made.from, condition.field.field)?.unique === true;
  });
}

/** The notes about fields the plan uses; readings that were tried and dropped leave notes too. */
function spoken(notes: Context["notes"], made: QueryPlan): readonly string[] {
  const text = JSON.stringify(made);
  return [...new Set(notes.filter((note) => text.includes(JSON.stringify(note.field))).map((note) => note.text))];
}

function unplannable(units: readonly Unit[], catalog: Catalog, reason: string): PlanOutcome {
  const unplaced = units
    .filter(
      (unit) => !unit.filler && unit.schema.length === 0 && unit.values.length === 0 && unit.ops.size === 0 && unit.number === undefined,
    )
    .map((unit) => unit.text);
  const names = catalog.collections.slice(0, 12).map((collection) => collection.name);
  return { kind: "unplannable", reason, unplaced, nearest: names.length > 0 ? `The data holds ${names.join(", ")}.` : undefined };
}
