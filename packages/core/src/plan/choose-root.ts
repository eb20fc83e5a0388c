import { collectionOfThing } from "./building.ts";
import type { Building } from "./building.ts";
import { type Collection, type Field, isNumeric } from "./catalog.ts";
import { type ChosenField, fieldByWords, nearby, Unplannable } from "./context.ts";
import type { Wanted } from "./frame.ts";
import { moneyFields, quantityFields, unitPriceFields } from "./lexicon.ts";
import { isKeyLike } from "./reading.ts";

/** Where sales are added up. */
interface TradeRoot {
  readonly root: Collection;
  readonly of: Field;
  readonly times?: Field | undefined;
  /** Where the price of a piece stands, when not in the row itself. */
  readonly priceAt?: Collection | undefined;
  readonly cost: number;
}

/** The collection whose rows point at another: what "most popular genre" counts. */
export function factOf(b: Building, collection: Collection): Collection {
  const pointing = b.catalog.relations.filter((one) => one.to.collection === collection.name && one.from.collection !== collection.name);
  const mentioned = pointing.find((one) => b.frame.mentioned.some((other) => other.name === one.from.collection));
  const only = mentioned ?? (pointing.length === 1 ? pointing[0] : undefined);
  const found = only && b.catalog.collections.find((one) => one.name === only.from.collection);
  if (!found) throw new Unplannable(`it does not say by what ${collection.name} are counted`);
  return found;
}

/** The collection whose rows are counted or added up: every key must be something each of its rows points at, so that nothing is counted twice. */
export function rootOf(b: Building, what: Wanted, keys: readonly Collection[], entityKeys: readonly Collection[]): Collection {
  const reaches = (one: Collection): boolean => keys.every((key) => b.graph.up(one.name, key.name).length > 0);
  if (what.kind === "aggregate") {
    if (!reaches(what.chosen.collection))
      throw new Unplannable(
        `${what.chosen.field.name} of ${what.chosen.collection.name} cannot be told apart by ${keys.map((key) => key.name).join(", ")}`,
      );
    return what.chosen.collection;
  }
  if (what.kind === "share") {
    if (what.of) return rootOf(b, what.of, keys, entityKeys);
    if (b.target) return collectionOfThing(b.target);
    return b.context.main;
  }
  if (what.kind === "trade") {
    const found = tradeRoot(b, what, keys);
    return found.root;
  }
  const counted = collectionOfThing(what.thing);
  const selfCounted = what.thing.kind === "entity" && keys.length > 0 && entityKeys.length > 0 && keys.every((key) => key === counted);
  if (reaches(counted) && !selfCounted) return counted;
  if (selfCounted) {
    if (b.graph.self(counted.name).length === 1) return counted;
    return factOf(b, counted);
  }
  const bridges = b.catalog.collections
    .filter((one) => reaches(one) && b.graph.up(one.name, counted.name).length > 0)
    .map((one) => ({
      one,
      cost:
        [counted, ...keys].reduce((sum, end) => sum + (b.graph.up(one.name, end.name)[0]?.length ?? 9), 0) +
        (b.frame.mentioned.includes(one) ? -0.5 : 0),
    }))
    .toSorted((a, b) => a.cost - b.cost);
  const bridge = bridges[0]?.one;
  if (!bridge) throw new Unplannable(`${counted.name} and ${keys.map((key) => key.name).join(", ")} are not connected`);
  return bridge;
}

/** Where "revenue" or "sold" is added up: amounts as they stand, or price times quantity. */
export function tradeRoot(b: Building, what: Extract<Wanted, { kind: "trade" }>, keys: readonly Collection[]): TradeRoot {
  const reaches = (one: Collection): boolean => keys.every((key) => b.graph.up(one.name, key.name).length > 0);
  const filtersNeed = b.frame.filters.flatMap((filter) =>
    "chosen" in filter.test && filter.test.chosen ? [filter.test.chosen.collection] : [],
  );
  const options = nearby(b.context, b.context.main)
    .filter((one) => reaches(one))
    .flatMap((one): TradeRoot[] => {
      const numeric = (field: Field): boolean => isNumeric(field) && !isKeyLike(field);
      const find = (list: readonly string[], minimum: number): ChosenField | undefined => {
        const found = fieldByWords(b.context, list, [one], numeric);
        return found && found.score >= minimum ? found : undefined;
      };
      const quantity = find(quantityFields.slice(0, -1), 0.75);
      const price = find(unitPriceFields, 0.75);
      const total = find(moneyFields, 0.75);
      const cost =
        keys.reduce((sum, key) => sum + (b.graph.up(one.name, key.name)[0]?.length ?? 0), 0) +
        filtersNeed.reduce(
          (sum, need) => sum + (b.graph.up(one.name, need.name).length > 0 ? 0.3 * (b.graph.up(one.name, need.name)[0]?.length ?? 0) : 3),
          0,
        ) +
        (b.frame.mentioned.includes(one) ? -0.5 : 0) +
        // What was sold is told by the sales, and not by bills or payments beside them.
        (what.of === "money" && what.hint && b.graph.up(one.name, what.hint.name).length === 0 && one !== what.hint ? 3 : 0);
      if (what.of === "units") return quantity ? [{ root: one, of: quantity.field, times: undefined, cost }] : [];
      if (total) return [{ root: one, of: total.field, times: undefined, cost }];
      if (quantity && price && price.field !== quantity.field)
        return [{ root: one, of: price.field, times: quantity.field, cost: cost + 0.2 }];
      // The price may stand with the thing sold.
      const elsewhere = quantity && fieldByWords(b.context, unitPriceFields, nearby(b.context, one, true).slice(1, 4), numeric);
      if (quantity && elsewhere && elsewhere.score >= 0.9)
        return [{ root: one, of: quantity.field, times: elsewhere.field, priceAt: elsewhere.collection, cost: cost + 0.4 }];
      return [];
    })
    .toSorted((a, b) => a.cost - b.cost);
  const best = options[0];
  if (best) return best;
  throw new Unplannable(what.of === "money" ? "no amount of money was found for that" : "no quantity was found for that");
}
