import { type ChosenField, fieldByWords, nearby } from "./context.ts";
import { measureVerbs, personWords } from "./lexicon.ts";
import type { Comparison } from "./query-plan.ts";
import { direct } from "./read-numbers.ts";
import type { Reading } from "./reading.ts";
import type { Unit } from "./units.ts";
import { singular } from "./words.ts";

/** The number a verb is about: what a row earned, cost, weighs or killed. */
export function fieldOfVerb(r: Reading, place: number): ChosenField | undefined {
  const unit = r.at(place);
  const word = unit?.words.length === 1 ? (unit.words[0] ?? "") : "";
  const words = r.used[place] ? undefined : measureVerbs.get(word);
  return words && fieldByWords(r.context, words, nearby(r.context, r.context.main, true).slice(0, 2), r.measurable);
}

/** Whom it killed, the money it earned: said beside the verb, and in its field anyway. */
export function isObjectOfVerb(verb: Unit | undefined, object: Unit): boolean {
  const [word] = verb?.words ?? [];
  const noun = singular(object.words.length === 1 ? (object.words[0] ?? "") : "");
  if (word === undefined || !measureVerbs.has(word)) return false;
  if (noun === "money") return /^(earn|ma[dk]e|gross|took|brought)/.test(word);
  return /^(kill|claim)/.test(word) && (personWords.has(noun) || noun === "life" || noun === "live");
}

const comparativeVerb = /^(?:that )?(\w+) (more|less) than$/;

/** What a verb right before a bound is about, and its object behind the number: "killed more than 1000 people". */
export function verbBound(
  r: Reading,
  index: number,
  end: number,
): { readonly chosen: ChosenField; readonly used: readonly number[] } | undefined {
  const unit = r.at(index);
  const inside = unit?.comparative ? verbInside(r, unit) : undefined;
  const chosen = inside?.chosen ?? fieldOfVerb(r, index - 1);
  if (!chosen) return undefined;
  const object = r.at(end + 1);
  const isMeasured = inside === undefined && object !== undefined && isObjectOfVerb(r.at(index - 1), object);
  return { chosen, used: [...(inside ? [] : [index - 1]), ...(isMeasured ? [end + 1] : [])] };
}

/** "Cost more than" is read as one adjective where a number follows; here it is a verb and its comparison. */
function verbInside(r: Reading, unit: Unit): { readonly chosen: ChosenField; readonly op: Comparison } | undefined {
  const found = comparativeVerb.exec(unit.words.join(" "));
  const words = found && measureVerbs.get(found[1] ?? "");
  const chosen = words && fieldByWords(r.context, words, nearby(r.context, r.context.main, true).slice(0, 2), r.measurable);
  return chosen ? { chosen, op: found?.[2] === "more" ? ">" : "<" } : undefined;
}

const pronouns: ReadonlySet<string> = new Set("it they he she its their what".split(" "));

/** "Movies that earned more than they cost": one number of a row against another, both named by what the row did. */
export function readVerbPair(r: Reading, index: number, op: Comparison | undefined): boolean {
  const unit = r.at(index);
  const inside = unit?.comparative ? verbInside(r, unit) : undefined;
  const sign = inside?.op ?? op;
  if (!unit || (sign !== ">" && sign !== "<")) return false;
  const verbBefore = inside ? -1 : verbAt(r, index - 1, -1);
  const left = inside?.chosen ?? (verbBefore < 0 ? undefined : fieldOfVerb(r, verbBefore));
  if (!left) return false;
  const later = verbAt(r, index + 1, 1);
  const named = direct(r, index, 1, r.measurable);
  const right = later >= 0 ? fieldOfVerb(r, later) : named?.chosen;
  if (!right || right.field === left.field || right.collection !== left.collection) return false;
  r.use(index, ...(verbBefore >= 0 ? [verbBefore] : []), later >= 0 ? later : (named?.index ?? index));
  r.filters.push({ unit: index, negated: false, test: { kind: "fields", chosen: left, op: sign, other: right } });
  return true;
}

/** A verb of measure right beside, with at most a pronoun between. */
function verbAt(r: Reading, start: number, step: 1 | -1): number {
  for (let place = start, seen = 0; r.at(place) && seen < 3; place += step, seen++) {
    if (measureVerbs.has(r.at(place)?.words.join(" ") ?? "")) return place;
    if (!pronouns.has(r.at(place)?.words.join(" ") ?? "")) return -1;
  }
  return -1;
}
