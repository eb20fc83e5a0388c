import type { Field } from "./catalog.ts";
import type { ChosenField } from "./context.ts";
import type { Comparison } from "./query-plan.ts";
import { direct, negatedBefore } from "./read-numbers.ts";
import { dated, inverse, type Reading } from "./reading.ts";

/** "Budget higher than gross", "billing city is the same as the customer's city": one field of a row against another. */
export function readFieldPair(r: Reading, index: number, op: Comparison): boolean {
  const ordered = op !== "=" && op !== "!=";
  const accept = (field: Field): boolean => r.measurable(field) || dated(field) || (!ordered && field.type === "string");
  const left = direct(r, index, -1, accept);
  if (!left) return false;
  const { field: first } = left.chosen;
  const alike = (field: Field): boolean =>
    accept(field) && field !== first && (r.measurable(field) ? r.measurable(first) : field.type === first.type);
  const right: { chosen: ChosenField; index: number; owner?: number } | undefined =
    direct(r, index, 1, alike) ?? ownedField(r, index, alike);
  if (!right) return false;
  r.use(index, left.index, right.index, ...(right.owner === undefined ? [] : [right.owner]));
  const finalOp = negatedBefore(r, index) ? inverse[op] : op;
  r.filters.push({ unit: index, negated: false, test: { kind: "fields", chosen: left.chosen, op: finalOp, other: right.chosen } });
  return true;
}

/** "The customer's city": the field behind the thing it belongs to. */
function ownedField(
  r: Reading,
  index: number,
  accept: (field: Field) => boolean,
): { chosen: ChosenField; index: number; owner: number } | undefined {
  const place = r.skip(index + 1);
  const owner = r.entity(place);
  const chosen = owner && r.field(place + 1, accept, owner);
  return chosen && { chosen, index: place + 1, owner: place };
}

const moreOrLess: ReadonlyMap<string, Comparison> = new Map([
  ["more", ">"],
  ["higher", ">"],
  ["greater", ">"],
  ["less", "<"],
  ["fewer", "<"],
  ["lower", "<"],
]);

/** "More wins than losses": two numbers of one row, the comparison around the first. */
export function readMoreThan(r: Reading, index: number): boolean {
  const op = moreOrLess.get(r.at(index)?.words.join(" ") ?? "");
  const than = op === undefined ? -1 : index + 2;
  if (op === undefined || r.at(than)?.words.join(" ") !== "than") return false;
  const left = r.entity(index + 1) ? undefined : r.field(index + 1, r.measurable);
  const place = r.skip(than + 1);
  const right = r.entity(place) ? undefined : r.field(place, r.measurable, left?.collection);
  if (!left || !right || left.field === right.field) return false;
  r.use(index, index + 1, than, place);
  r.filters.push({ unit: index, negated: negatedBefore(r, index), test: { kind: "fields", chosen: left, op, other: right } });
  return true;
}
