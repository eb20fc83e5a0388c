import { type Field, isNumeric } from "./catalog.ts";
import { type ChosenField, fieldByWords, fieldOfUnit, nearby, Unplannable } from "./context.ts";
import { moneyFields, unitPriceFields } from "./lexicon.ts";
import { type Reading, dated } from "./reading.ts";
import { nameWords, unitInName, type Unit as Measurement } from "./words.ts";

/** The one field measured in a unit of that kind. */
export function measurementField(r: Reading, measurement: Measurement): ChosenField | undefined {
  if (measurement.dimension === "money")
    return fieldByWords(r.context, [...unitPriceFields, ...moneyFields], nearby(r.context, r.context.main, true), r.measurable);
  const found: ChosenField[] = [];
  for (const collection of nearby(r.context, r.context.main, true).slice(0, 4)) {
    for (const one of collection.fields)
      if (r.measurable(one) && unitInName(one.name)?.dimension === measurement.dimension)
        found.push({ collection, field: one, score: 0.8 });
    if (found.length > 0) break;
  }
  if (found.length > 1) {
    throw new Unplannable(
      "several fields are measured in that unit",
      found.map(({ field: one, collection }) => `${one.name} (${collection.name})`),
    );
  }
  return found[0];
}

/** A number in the unit the field is kept in. */
export function converted(value: number, measurement: Measurement | undefined, one: Field): number {
  const own = unitInName(one.name) ?? unitInName(one.description ?? "");
  if (!measurement || !own || own.dimension !== measurement.dimension) return value;
  return (value * measurement.factor) / own.factor;
}

/** Whole numbers that can only be years. */
function holdsYears(one: Field): boolean {
  return one.type === "integer" && typeof one.min === "number" && typeof one.max === "number" && one.min >= 1000 && one.max <= 2100;
}

/** The date field named near a time: "released in 2005", "hire date after May 2003". */
export function timeField(r: Reading, index: number): ChosenField | undefined {
  for (let place = index - 1, seen = 0; place >= 0 && seen < 4; place--, seen++) {
    const unit = r.at(place);
    if (!unit) break;
    const yearly = (one: Field): boolean => dated(one) || (isNumeric(one) && (nameWords(one.name).includes("year") || holdsYears(one)));
    if (r.entity(place)) break;
    const chosen = unit.schema.length > 0 && !(unit.filler && !r.strong(place)) ? fieldOfUnit(r.context, unit, yearly) : undefined;
    if (chosen && !r.used[place]) {
      r.use(place);
      return chosen;
    }
    if (!unit.filler) break;
  }
  return undefined;
}
