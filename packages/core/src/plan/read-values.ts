import { leadEntity, nameField, negationOf } from "./read-filters.ts";
import type { Collection, Field } from "./catalog.ts";
import { type ChosenField, cueFits, fieldOfUnit, isCue, rankedValues, Unplannable } from "./context.ts";
import type { FilterReading } from "./frame.ts";
import { textsHolding } from "./members.ts";
import type { Reading } from "./reading.ts";
import { nameWords } from "./words.ts";

/** A value that occurs in the data, as a filter on the field it is best found in. */
export function readValue(r: Reading, index: number): void {
  const unit = r.at(index);
  if (!unit) return;
  if (unit.quoted && readQuotedPart(r, index)) return;
  const cue = cueOf(r, index);
  const ranked = rankedValues(r.context, unit, cue);
  const named = adjacentField(r, index, (one, collection) => ranked.some(({ ref }) => ref.field === one && ref.collection === collection));
  let settled = named !== undefined;
  let picked = named ? ranked.find(({ ref }) => ref.field === named.chosen.field && ref.collection === named.chosen.collection) : ranked[0];
  if (!picked) return;
  const beside = alternativeTo(r, index);
  if (beside && !named && beside.filter.test.kind === "values") {
    // "California or Nevada": both in the same field, whichever holds both.
    const before = beside.filter.test.chosen;
    const like = ranked.find(({ ref }) => ref.field === before.field && ref.collection === before.collection && ref.exact);
    const other = ranked.find(
      ({ ref }) =>
        ref.exact && (beside.filter.alternatives ?? []).some((one) => one.field === ref.field && one.collection === ref.collection),
    );
    settled = like !== undefined || other !== undefined;
    if (like) picked = like;
    else if (other) {
      const values = r.units[beside.filter.unit]?.values.find(
        (ref) => ref.field === other.ref.field && ref.collection === other.ref.collection,
      );
      if (values) {
        const chosen = { collection: values.collection, field: values.field, score: values.score };
        r.filters[beside.place] = {
          ...beside.filter,
          test: { kind: "values", chosen, values: values.values, exact: values.exact },
          alternatives: undefined,
        };
        picked = other;
      }
    } else if (beside.word === "or")
      throw new Unplannable(`"or" between ${r.units[beside.filter.unit]?.text ?? ""} and ${unit.text}, which are of different kinds`);
  }
  // "the album 'Let There Be Rock'": what stands before the value says what it names.
  const apposition = r.at(index - 1) && !r.at(index)?.afterPause ? r.entity(index - 1) : undefined;
  const own = named ? undefined : ranked.find(({ ref }) => ref.collection === apposition && ref.exact === picked?.ref.exact);
  if (own) {
    picked = own;
    settled = true;
  }
  const isBy = ["by", "of", "from"].includes(r.at(index - 1)?.words[0] ?? "");
  const noun = isBy ? r.at(index - 2)?.schema.find((one) => one.kind === "collection" && one.score >= 0.8)?.collection : undefined;
  const countedIn = r.wanted?.kind === "count" && r.wanted.thing.kind === "entity" ? r.wanted.thing.collection : noun;
  const isOutside = noun !== undefined && r.context.graph.up(noun.name, picked.ref.collection.name).length === 0;
  if (!own && !named && (countedIn === picked.ref.collection || isOutside) && isNameOf(picked.ref.field)) {
    // "how many albums does Iron Maiden have" is not about an album of that name.
    const elsewhere = ranked.find(
      ({ ref }) => ref.exact && ref.collection !== countedIn && r.context.graph.up(countedIn?.name ?? "", ref.collection.name).length > 0,
    );
    const possessive = r.units
      .slice(index + 1)
      .some((unit) => ["have", "has", "own", "make", "release", "released", "sell", "record"].includes(unit.words[0] ?? ""));
    if (elsewhere && (possessive || ["by", "of", "from"].includes(r.at(index - 1)?.words[0] ?? ""))) picked = elsewhere;
  }
  // Through a key: "reports to Nancy", "support rep Jane".
  const through = keyBefore(r, index);
  if (through) {
    const pointed = r.context.catalog.relations.find(
      (one) => one.from.collection === through.chosen.collection.name && one.from.field === through.chosen.field.name,
    );
    const there = pointed && ranked.find(({ ref }) => ref.collection.name === pointed.to.collection);
    if (there) {
      picked = there;
      settled = true;
      r.use(through.index);
      r.throughUnits.add(through.index);
    }
  }
  // Two names side by side in two fields of one row: first and last name.
  const neighbour = r.filters.at(-1);
  if (neighbour?.test.kind === "values" && neighbour.unit === index - 1 && !r.at(index)?.afterPause && neighbour.test.exact) {
    const before = neighbour.test.chosen;
    const options = [before, ...(neighbour.alternatives ?? [])];
    const pair = ranked.find(
      ({ ref }) =>
        ref.exact &&
        options.some((option) => option.collection === ref.collection && option.field !== ref.field && personPair(option.field, ref.field)),
    );
    const first =
      pair &&
      options.find(
        (option) =>
          option.collection === pair.ref.collection && option.field !== pair.ref.field && personPair(option.field, pair.ref.field),
      );
    if (pair && first) {
      r.filters[r.filters.length - 1] = { ...neighbour, test: { ...neighbour.test, chosen: first }, alternatives: undefined };
      picked = pair;
      settled = true;
    }
  }
  const { ref } = picked;
  if (!ref.exact && !unit.capital && !unit.quoted && !named) {
    // A lower-case word out of several names says too little.
    const others = ranked.filter((one) => one.ref.collection === ref.collection && one.ref.field !== ref.field);
    if (others.length > 0)
      throw new Unplannable(
        `"${unit.text}" occurs in several fields`,
        [ref, ...others.map((one) => one.ref)].map((one) => `${one.field.name} (${one.collection.name})`),
      );
  }
  const entityNear = named ? undefined : adjacentEntity(r, index, ref.collection);
  r.use(index, ...(named ? [named.index] : []), ...(entityNear === undefined ? [] : [entityNear]));
  if (ref.values.length > 1 && !ref.exact)
    r.context.notes.push({ field: ref.field.name, text: `"${unit.text}" stands for ${ref.values.length} values of ${ref.field.name}` });
  else if (!ref.exact && ref.values.length === 1)
    r.context.notes.push({ field: ref.field.name, text: `"${unit.text}" is taken as ${String(ref.values[0])}` });
  const alike = (value: string | boolean): readonly (string | boolean)[] =>
    typeof value === "string" ? textsHolding(ref.field, value) : [value];
  const holding = ref.exact ? [...new Set(ref.values.flatMap(alike))] : ref.values;
  if (holding.length > ref.values.length)
    r.context.notes.push({ field: ref.field.name, text: `"${unit.text}" is found in ${ref.field.name} alone and among others` });
  if (!ref.exact && (ref.values.length >= 50 || unit.quoted)) {
    r.filters.push({
      unit: index,
      negated: negationOf(r, index),
      test: {
        kind: "text",
        chosen: { collection: ref.collection, field: ref.field, score: picked.score },
        match: "contains",
        text: unit.text,
      },
    });
    return;
  }
  r.filters.push({
    unit: index,
    negated: negationOf(r, index),
    test: {
      kind: "values",
      chosen: { collection: ref.collection, field: ref.field, score: picked.score },
      values: holding,
      exact: ref.exact,
    },
    cue,
    through: through && through.index !== undefined && r.used[through.index] ? through.chosen : undefined,
    alternatives: settled
      ? undefined
      : ranked
          .filter((one) => one !== picked && one.score >= (picked?.score ?? 0) - 0.5)
          .map((one) => ({ collection: one.ref.collection, field: one.ref.field, score: one.score })),
  });
}

function cueOf(r: Reading, index: number): string | undefined {
  for (let place = index - 1, seen = 0; place >= 0 && seen < 3; place--, seen++) {
    const unit = r.at(place);
    if (!unit) return undefined;
    const word = unit.words[0] ?? "";
    if (unit.words.length === 1 && isCue(word)) {
      if (!unit.filler) r.use(place);
      const earlier = r.at(place - 1);
      if (earlier && isCue(earlier.words[0] ?? "") && cueFits(earlier.words[0], { name: [...fieldsOfCue(word)][0] ?? "" }))
        r.use(place - 1);
      return word;
    }
    if (!unit.filler && !r.isValue(place) && !r.entity(place)) return undefined;
  }
  return undefined;
}

function fieldsOfCue(word: string): readonly string[] {
  return ["origin", "destination"].filter((name) => cueFits(word, { name }));
}

function adjacentField(
  r: Reading,
  index: number,
  accept: (chosen: Field, collection: Collection) => boolean,
): { chosen: ChosenField; index: number } | undefined {
  for (const step of [-1, 1] as const) {
    for (let place = index + step, seen = 0; r.at(place) && seen < 4; place += step, seen++) {
      const unit = r.at(place);
      if (!unit || (step === 1 && unit.afterPause)) break;
      const ref = r.used[place]
        ? undefined
        : unit.schema.find((one) => one.field && one.score >= 0.38 && accept(one.field, one.collection));
      if (ref?.field) return { chosen: { collection: ref.collection, field: ref.field, score: ref.score }, index: place };
      if (!unit.filler && !unit.ops.has("=") && !unit.ops.has("not") && !unit.ops.has("!=") && !r.isValue(place)) break;
      if (step === 1 && ["of", "with", "by", "in", "and", "or"].includes(unit.words[0] ?? "")) break;
    }
  }
  return undefined;
}

/** The value filter that an "or" or "and" puts beside this value. */
function alternativeTo(r: Reading, index: number): { filter: FilterReading; place: number; word: string } | undefined {
  let word = "";
  let back = index - 1;
  for (; r.at(back)?.filler === true || r.at(back)?.ops.has("or") === true; back--) {
    const text = r.at(back)?.words[0] ?? "";
    if (["or", "and"].includes(text)) word ||= text;
    else if (!["in", "from", "to", "at", "the"].includes(text)) return undefined;
  }
  if (word === "" && !r.at(index)?.afterPause) return undefined;
  const place = r.filters.findIndex((one) => one.unit === back && one.test.kind === "values");
  const filter = r.filters[place];
  return filter ? { filter, place, word } : undefined;
}

/** "'love' in the title" is a part of it, even where a title reads just so. */
function readQuotedPart(r: Reading, index: number): boolean {
  if (r.at(index + 1)?.words[0] !== "in") return false;
  let place = index + 2;
  while (r.plain(place) && !r.strong(place)) place++;
  const unit = r.at(place);
  const within =
    r.wanted?.kind === "count" && r.wanted.thing.kind === "entity" ? r.wanted.thing.collection : (leadEntity(r) ?? r.context.main);
  const chosen =
    unit && !r.used[place]
      ? (fieldOfUnit(r.context, unit, (one) => one.type === "string", within) ??
        (/^names?$|^titles?$/.test(unit.words[0] ?? "") ? nameField(r, within) : undefined))
      : undefined;
  if (!chosen) return false;
  r.use(index, place);
  r.filters.push({
    unit: index,
    negated: negationOf(r, index),
    test: { kind: "text", chosen, match: "contains", text: r.at(index)?.text ?? "" },
  });
  return true;
}

function isNameOf(one: Field): boolean {
  return /^(name|title)$/.test(nameWords(one.name).at(-1) ?? "");
}

function personPair(a: Field, b: Field): boolean {
  const parts = (one: Field): "first" | "last" | undefined => {
    const name = nameWords(one.name).join(" ");
    if (/^(first|given|fore)/.test(name) || name === "fname") return "first";
    return /^(last|family|sur)/.test(name) || name === "lname" ? "last" : undefined;
  };
  return parts(a) !== undefined && parts(b) !== undefined && parts(a) !== parts(b);
}

function keyBefore(r: Reading, index: number): { chosen: ChosenField; index: number } | undefined {
  for (let place = index - 1, seen = 0; place >= 0 && seen < 4; place--, seen++) {
    const unit = r.at(place);
    if (!unit || (unit.filler && isCue(unit.words[0] ?? ""))) return undefined;
    for (const ref of r.used[place] && !r.throughUnits.has(place) ? [] : unit.schema) {
      if (!ref.field || ref.score < 0.3) continue;
      const { collection, field: one, score } = ref;
      const self = r.context.catalog.relations.some(
        (relation) => relation.from.collection === collection.name && relation.from.field === one.name,
      );
      if (
        self &&
        (collection === r.context.main || r.context.graph.up(r.context.main.name, collection.name).length > 0) &&
        !r.entity(place)
      )
        return { chosen: { collection, field: one, score }, index: place };
    }
    if (!unit.filler && !r.isValue(place) && !(r.used[place] && r.filters.some((filter) => filter.unit === place))) return undefined;
  }
  return undefined;
}

function adjacentEntity(r: Reading, index: number, collection: Collection): number | undefined {
  for (const place of [index - 1, index + 1, index - 2]) {
    const unit = r.at(place);
    if (!unit || r.used[place]) continue;
    if (place === index - 2 && !r.at(index - 1)?.filler) continue;
    const found = r.entity(place);
    const isTarget =
      r.target?.unit === place ||
      !r.units.some((one, other) => other !== place && other !== index && !r.used[other] && !one.filler && r.entity(other) !== undefined);
    if (found === collection && !(isTarget && !r.wanted && !r.rank)) return place;
  }
  return undefined;
}
