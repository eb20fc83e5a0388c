import { flagOf } from "./flags.ts";
import { readNumber } from "./read-comparisons.ts";
import { direct } from "./read-numbers.ts";
import { leadThing } from "./read-rank.ts";
import { timeField } from "./read-units.ts";
import { readValue } from "./read-values.ts";
import { type Collection, type Field, isNumeric } from "./catalog.ts";
import { type ChosenField, fieldByWords, fieldOfUnit, isCue } from "./context.ts";
import { nameFields } from "./lexicon.ts";
import { dated, isKeyLike, isRelationVerb, type Reading } from "./reading.ts";

/** Little words inside a name. */
const linksNames: ReadonlySet<string> = new Set(["of", "the", "and", "in", "on", "for", "to", "a", "an", "with"]);
const lacking: ReadonlySet<string> = new Set(["missing", "unknown", "empty", "null", "lacking"]);

/** What narrows the rows: values, times, texts and numbers that stand alone. */
export function readFilters(r: Reading): void {
  for (const [index, unit] of r.units.entries()) {
    if (r.used[index]) continue;
    const textual = (["contains", "starts", "ends"] as const).find((op) => unit.ops.has(op));
    if (textual && readText(r, index, textual)) continue;
    if (readWithin(r, index) || readCalled(r, index) || readDeed(r, index)) continue;
    if (unit.time && unit.number === undefined && (!r.isValue(index) || isMoment(r, index))) {
      const chosen = timeField(r, index);
      r.use(index);
      r.filters.push({ unit: index, negated: negationOf(r, index), test: { kind: "time", span: unit.time, relation: "in", chosen } });
      continue;
    }
    if (r.isValue(index)) {
      if (deniesNext(r, index)) continue;
      readValue(r, index);
      continue;
    }
    if (unit.number !== undefined) {
      readNumber(r, index);
      continue;
    }
    if (unit.quoted) readUnknownText(r, index);
  }
}

/** "Closed in March": the date it was done, whatever status is called so. */
function readDeed(r: Reading, index: number): boolean {
  const unit = r.at(index);
  const span = r.at(index + 2)?.time;
  if (!span || r.used[index + 2] || !/^(in|on|during)$/.test(r.at(index + 1)?.words[0] ?? "")) return false;
  if (unit?.words.length !== 1 || unit.quoted || !/(ed|en|wn|ent|old|aid|ught)$/.test(unit.words[0] ?? "")) return false;
  const chosen = fieldOfUnit(r.context, unit, dated);
  if (!chosen) return false;
  r.use(index, index + 2);
  r.filters.push({ unit: index + 2, negated: negationOf(r, index + 2), test: { kind: "time", span, relation: "in", chosen } });
  return true;
}

/** "On a Friday", "in March": a day or month after its preposition, unless a column holds just those. */
function isMoment(r: Reading, index: number): boolean {
  const unit = r.at(index);
  if (unit?.time?.part === undefined || unit.quoted) return false;
  const before = r.at(r.at(index - 1)?.words[0] === "a" ? index - 2 : index - 1)?.words[0] ?? "";
  if (!["on", "in", "during", "every", "each"].includes(before)) return false;
  return !unit.values.some((ref) => ref.exact && (ref.field.values?.counts.size ?? 0) <= 12);
}

/** "without a director", "with no rating": a field after a negation, when no value follows. */
export function readNegatedFields(r: Reading): void {
  r.units.forEach((unit, index) => {
    if (!unit.ops.has("not") || r.used[index] || readMissing(r, index)) return;
    const place = r.skip(index + 1);
    const next = r.at(place);
    if (!next || r.isValue(place) || r.entity(place)) return;
    if (next.words[0] === "stock" && readQuantity(r, place, "<=")) return r.use(index);
    const described = isCue(next.words.join(" ")) ? r.entity(place + 1) : undefined;
    if (described && described !== r.context.main) {
      // "No departing flights": the word says which end of the flight is meant.
      r.use(index, place, place + 1);
      r.filters.push({ unit: place, negated: true, cue: next.words[0] ?? "", test: { kind: "partners", collection: described } });
      return;
    }
    const boolean = r.field(place, (one) => flagOf(one) !== undefined);
    const flag = boolean && flagOf(boolean.field);
    if (boolean && flag) {
      r.use(index, place);
      r.filters.push({ unit: place, negated: false, test: { kind: "values", chosen: boolean, values: [flag.no], exact: true } });
      return;
    }
    const valueLater = [place + 1, place + 2, place + 3].some(
      (later) => r.isValue(later) || r.at(later)?.number !== undefined || r.at(later)?.trade !== undefined,
    );
    const chosen = next.trade ? undefined : r.field(place);
    if (!chosen || (valueLater && chosen.score < 2)) return;
    r.use(index, place);
    r.filters.push({ unit: place, negated: false, test: { kind: "missing", chosen } });
  });
}

/** "Where media is missing", "whose email is empty": the field before it. */
function readMissing(r: Reading, index: number): boolean {
  if (!lacking.has(r.at(index)?.words.join(" ") ?? "")) return false;
  const isSaid = ["is", "are", "was", "were"].includes(r.at(index - 1)?.words[0] ?? "");
  const before = isSaid ? direct(r, index, -1, () => true) : undefined;
  if (!before) return false;
  r.use(index, before.index);
  r.filters.push({ unit: index, negated: false, test: { kind: "missing", chosen: before.chosen } });
  return true;
}

/** Fields that are true or false, said as adjectives. */
export function readBooleans(r: Reading): void {
  r.units.forEach((unit, index) => {
    if (r.used[index] || readStock(r, index)) return;
    const boolean =
      unit.schema.length > 0 && !unit.filler && !r.entity(index)
        ? r.field(index, (one) => flagOf(one) !== undefined && !isMeasured(r, index, one))
        : undefined;
    const flag = boolean && flagOf(boolean.field);
    if (boolean && flag && boolean.score >= 0.5 && boolean.score >= Math.max(...unit.schema.map((ref) => ref.score)) - 0.2) {
      const answer = r.at(index + 1)?.words[0] ?? "";
      const negated = negationOf(r, index) || isOutOf(r, index) || answer === "false" || answer === "no";
      if (["false", "true", "yes", "no"].includes(answer)) r.use(index + 1);
      r.use(index);
      // "In which groups does no machine support it": none of them does, rather than one that does not.
      const isNone = negated && noneOf(r, index);
      const values = [negated && !isNone ? flag.no : flag.yes];
      // "Supports skin tones" is one column said in two words.
      const isSaid = r.filters.some(
        ({ test, unit: said }) =>
          said === index - 1 && test.kind === "values" && test.chosen.field === boolean.field && test.values[0] === values[0],
      );
      if (!isSaid) r.filters.push({ unit: index, negated: isNone, test: { kind: "values", chosen: boolean, values, exact: true } });
      return;
    }
  });
  readOpposites(r);
}

/** "No" stands before the things that are said to be so, with nothing else asked of them. */
function noneOf(r: Reading, index: number): boolean {
  const no = r.units.findLastIndex((unit, place) => place < index && unit.words.join(" ") === "no");
  return no >= 0 && r.entity(r.skip(no + 1)) !== undefined && r.skip(no + 1) < index;
}

/** "Out of stock": what the field says is not so. */
function isOutOf(r: Reading, index: number): boolean {
  const before = [r.at(index - 2), r.at(index - 1)].flatMap((unit) => unit?.words ?? []);
  return before.at(-2) === "out" && before.at(-1) === "of";
}

/** "Out of stock", and "in stock" said of what is counted or listed, where the field says how much there is. */
function readStock(r: Reading, index: number): boolean {
  if (isOutOf(r, index)) return readQuantity(r, index, "<=");
  const isSome = r.at(index)?.words[0] === "stock" && r.at(index - 1)?.words.at(-1) === "in" && isSaidOfThing(r, index - 1);
  return isSome && readQuantity(r, index, ">");
}

/** The field's number beside nothing at all. */
function readQuantity(r: Reading, index: number, op: "<=" | ">"): boolean {
  const chosen = r.entity(index) ? undefined : r.field(index, (field) => isNumeric(field) && !isKeyLike(field));
  if (!chosen) return false;
  r.use(index);
  r.filters.push({ unit: index, negated: false, test: { kind: "compare", chosen, op, value: 0 } });
  return true;
}

/** "Products in stock", "products that are in stock". */
function isSaidOfThing(r: Reading, index: number): boolean {
  const before = r.units
    .slice(0, index)
    .findLastIndex(({ filler, words }) => !filler && !/^(that|which|is|are|was|were)$/.test(words[0] ?? ""));
  return before >= 0 && r.entity(before) !== undefined;
}

/** The field is grouped by, or its numbers are added up, rather than said of the rows. */
function isMeasured(r: Reading, index: number, field: Field): boolean {
  const isArticle = ["a", "an", "the"].includes(r.at(index - 1)?.words[0] ?? "");
  const before = r.at(isArticle ? index - 2 : index - 1);
  if (before?.words.at(-1) === "by" || before?.ops.has("group") || before?.ops.has("distinct")) return true;
  // "Number of security releases": said of what is counted.
  if (r.entity(index + 1)) return false;
  const measures = ["how-many", "avg", "sum", "min", "max", "median", "most", "least", "highest", "lowest"];
  return isNumeric(field) && measures.some((op) => before?.ops.has(op));
}

/** "inactive", "unpaid", "discontinued" said with a prefix that negates a yes-or-no field, or a date that is only known once it happened. */
function readOpposites(r: Reading): void {
  r.units.forEach((unit, index) => {
    if (r.used[index] || unit.words.length !== 1 || unit.schema.length > 0) return;
    const stripped = /^(un|in|non|dis|im|not)(.{4,})$/.exec(unit.words[0] ?? "")?.[2];
    if (stripped === undefined) return;
    if (r.isValue(index)) return;
    const found = r.context.vocabulary.schema([stripped]).find(({ field, collection, score }) => {
      const isEvent = field?.type === "date" && field.nullable && collection === r.context.main;
      return (field?.type === "boolean" || isEvent) && score >= 0.5;
    });
    if (!found?.field) return;
    r.use(index);
    const chosen = { collection: found.collection, field: found.field, score: found.score };
    const isFlag = found.field.type === "boolean";
    r.filters.push({
      unit: index,
      negated: false,
      test: isFlag ? { kind: "values", chosen, values: [false], exact: true } : { kind: "missing", chosen },
    });
  });
}

/** "Not rated R", where a value is itself called "Not Rated": what follows is denied, and not that value meant. */
function deniesNext(r: Reading, index: number): boolean {
  const unit = r.at(index);
  if (!unit || unit.quoted || !/^(not|non|un)$/.test(unit.words[0] ?? "") || r.at(index + 1)?.afterPause) return false;
  const isLike = r.at(index + 1)?.values.some((ref) => ref.exact && unit.values.some((own) => own.field === ref.field)) === true;
  if (!isLike || !r.isValue(index + 1)) return false;
  r.use(index);
  r.denied.add(index + 1);
  return true;
}

/** True when a "not", "never" or "without" reaches this unit; uses it. */
export function negationOf(r: Reading, index: number): boolean {
  if (r.denied.has(index)) return true;
  let joined = false;
  let apart = false;
  for (let place = index - 1; place >= 0; place--) {
    const unit = r.at(place);
    // "not A, B or C": of one list with what was denied.
    const listed = joined && r.used[place] ? r.filters.find((one) => one.unit === place) : undefined;
    if (listed && unit?.afterPause) return listed.negated;
    if (!unit || (unit.afterPause && place !== index - 1) || unit.words[0] === "but") {
      if (!r.has(place, "not")) return false;
      r.use(place);
      return true;
    }
    if (r.has(place, "not")) {
      r.use(place);
      return true;
    }
    // "not rain in Seattle": what follows with a preposition says where, and is not denied too.
    const word = unit.words[0] ?? "";
    joined ||= unit.ops.has("or") || ["or", "and", "nor"].includes(word);
    apart ||= ["in", "at", "on", "from", "during", "for"].includes(word);
    if (apart && !joined && r.used[place] && r.filters.some((one) => one.unit === place)) return false;
    const passable =
      unit.filler ||
      unit.trade !== undefined ||
      isRelationVerb(unit) ||
      r.isValue(place) ||
      (r.used[place] && r.filters.some((one) => one.unit === place)) ||
      unit.ops.has("or") ||
      (unit.schema.length > 0 && (place >= index - 2 || unit.schema[0]?.kind === "collection"));
    if (!passable) return false;
    if (["and", "with", "who", "that", "which"].includes(unit.words[0] ?? "") && place !== index - 1) {
      const earlier = r.at(place - 1);
      if (!earlier || !r.isValue(place - 1)) return false;
    }
  }
  return false;
}

/** The units of a name written in capitals: "The Lord", "Out of Africa". */
function writtenName(r: Reading, start: number): readonly number[] {
  const name: number[] = [];
  const isCapital = (place: number): boolean => r.at(place)?.capital === true && r.at(place)?.quoted === false;
  for (let place = start; r.at(place) && !r.used[place] && (place === start || r.at(place)?.afterPause === false); place++) {
    if (isCapital(place)) name.push(place);
    else if (name.length > 0 && linksNames.has(r.at(place)?.words.join(" ") ?? "") && isCapital(place + 1)) name.push(place);
    else break;
  }
  return name;
}

/** "Movies called The Lord": what is called so, where that is no name the data holds in full. */
function readCalled(r: Reading, index: number): boolean {
  const word = r.at(index)?.words.join(" ") ?? "";
  const name = /^(called|named|titled|entitled)$/.test(word) ? writtenName(r, index + 1) : [];
  const [first, second] = name;
  if (first === undefined || second === undefined) return false;
  const chosen = nameField(r, leadEntity(r) ?? r.context.main);
  const isKnown = name.every((place) => r.at(place)?.values.some((ref) => ref.exact && ref.collection === chosen?.collection));
  if (!chosen || isKnown) return false;
  r.use(index, ...name);
  const text = name.map((place) => r.at(place)?.text ?? "").join(" ");
  r.filters.push({ unit: index, negated: negationOf(r, index), test: { kind: "text", chosen, match: "contains", text } });
  return true;
}

function readText(r: Reading, index: number, match: "contains" | "starts" | "ends"): boolean {
  const article = r.at(index + 1);
  const hasArticle = ["the", "a", "an"].includes(article?.words.join(" ") ?? "") && article?.capital === false;
  const place = index + (hasArticle && r.at(index + 2) ? 2 : 1);
  const unit = r.at(place);
  if (!unit || unit.number !== undefined) return false;
  let chosen = direct(r, index, -1, (one) => one.type === "string");
  const isWord =
    unit.quoted ||
    match !== "contains" ||
    /word|phrase|text|string/.test(r.at(index)?.text ?? "") ||
    (chosen !== undefined && ["whose", "where", "which", "the", "their", "with"].includes(r.at(chosen.index - 1)?.words[0] ?? ""));
  if (!isWord) return false;
  // "ends with gmail.com": what was written as one is looked for as one.
  const parts = [place];
  while (!unit.quoted && r.at((parts.at(-1) ?? place) + 1)?.glued) parts.push((parts.at(-1) ?? place) + 1);
  const glued = parts.map((part) => r.at(part)?.glued ?? r.at(part)?.text ?? "").join("");
  const name = parts.length === 1 ? writtenName(r, place) : [];
  if (name.length > 1) parts.splice(0, 1, ...name);
  // "Starts with the lord": of a text the article is a part, of "an A" it is not.
  const isPart = hasArticle && match !== "contains" && !unit.quoted && glued.length > 1;
  const text = `${isPart ? `${article?.text ?? ""} ` : ""}${name.length > 1 ? name.map((part) => r.at(part)?.text ?? "").join(" ") : glued}`;
  if (!chosen) {
    const later = direct(r, place, 1, (one) => one.type === "string");
    if (later) chosen = later;
  }
  const named = chosen?.chosen ?? nameField(r, leadEntity(r) ?? r.context.main);
  if (!named) return false;
  r.use(index, ...parts, ...(chosen ? [chosen.index] : []));
  r.filters.push({ unit: index, negated: negationOf(r, index), test: { kind: "text", chosen: named, match, text } });
  return true;
}

/** "Albums with live in the title": a word that is part of a text. */
function readWithin(r: Reading, index: number): boolean {
  const unit = r.at(index);
  const isWith = ["with", "has", "have", "having", "containing", "contains", "contain"].includes(r.at(index - 1)?.words.join(" ") ?? "");
  if (!unit || ["the", "a", "an", "it", "them", "one"].includes(unit.words[0] ?? "") || !isWith || r.at(index + 1)?.words[0] !== "in")
    return false;
  let place = index + 2;
  while (r.plain(place) && !r.strong(place)) place++;
  const last = r.at(place);
  const isNamed = /^(names?|titles?)$/.test(last?.words.join(" ") ?? "");
  const chosen =
    last && !r.used[place]
      ? (r.field(place, (one) => one.type === "string") ?? (isNamed ? nameField(r, leadEntity(r) ?? r.context.main) : undefined))
      : undefined;
  if (!chosen || (!isNamed && r.isValue(index))) return false;
  r.use(index, index + 1, place);
  r.filters.push({ unit: index, negated: negationOf(r, index), test: { kind: "text", chosen, match: "contains", text: unit.text } });
  return true;
}

/** A quoted text no value explains: equal to it in the field named beside it. */
function readUnknownText(r: Reading, index: number): void {
  const unit = r.at(index);
  if (!unit) return;
  const beside = direct(r, index, -1, (one) => one.type === "string") ?? direct(r, index, 1, (one) => one.type === "string");
  const word = r.at(index - 1)?.words[0] ?? "";
  const chosen =
    beside?.chosen ??
    (["called", "named", "titled", "with", "for"].includes(word) ? nameField(r, leadEntity(r) ?? r.context.main) : undefined);
  if (!chosen) return;
  r.use(index, ...(beside ? [beside.index] : []));
  r.filters.push({ unit: index, negated: negationOf(r, index), test: { kind: "text", chosen, match: "equals", text: unit.text } });
}

/** The collection the question is first of all about. */
export function leadEntity(r: Reading): Collection | undefined {
  const lead = leadThing(r, r.units.length);
  if (r.wanted?.kind === "count" && r.wanted.thing.kind === "entity") return r.wanted.thing.collection;
  return lead?.kind === "entity" ? lead.collection : undefined;
}

/** The field that holds what a row is called. */
export function nameField(r: Reading, collection: Collection): ChosenField | undefined {
  return fieldByWords(r.context, nameFields, [collection], (one) => one.type === "string");
}
