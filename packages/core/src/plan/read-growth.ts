import { Unplannable } from "./context.ts";
import type { FilterReading, Growth } from "./frame.ts";
import { wantedAt } from "./read-measures.ts";
import { timeField } from "./read-units.ts";
import type { Reading } from "./reading.ts";
import { bucketOf, periodBefore, type TimeSpan } from "./times.ts";

const ends: readonly (readonly [op: string, direction: "asc" | "desc"])[] = [
  ["most", "desc"],
  ["highest", "desc"],
  ["least", "asc"],
  ["lowest", "asc"],
];

function wordFor(text: string): Growth["word"] {
  if (/decre|decli|drop|fall|fell|shrink|shrank/.test(text)) return "decrease";
  if (/incre|rise|rose/.test(text)) return "increase";
  return /gr[eo]w/.test(text) ? "growth" : "change";
}

/** "The biggest increase", "grew the most", "fastest growing". */
function readExtreme(r: Reading, index: number): "asc" | "desc" | undefined {
  const before: number[] = [];
  // "The highest revenue growth": what grew may stand between.
  for (let place = index - 1; place >= index - 4 && r.at(place); place--) {
    before.push(place);
    if (["in", "of", "by", "did", "does", "with"].includes(r.at(place)?.words[0] ?? "")) break;
  }
  for (const place of [...before, r.skip(index + 1)]) {
    const unit = r.at(place);
    if (!unit || r.used[place]) continue;
    const direction = ends.find(([op]) => unit.ops.has(op))?.[1] ?? (unit.superlative && (unit.superlative.high ? "desc" : "asc"));
    if (direction === undefined) continue;
    r.use(place);
    return direction;
  }
  return undefined;
}

/** "Compared to the previous year", "over the year before": no span of its own, but the unit of time. */
function readAgainstBefore(r: Reading): void {
  r.units.forEach((unit, index) => {
    if (r.used[index]) return;
    const over = /^(\w+) (?:over|on) \1$/.exec(unit.words.join(" "))?.[1];
    const before = /^(?:the )?(?:previous|prior|preceding|last) (year|quarter|month|day)$/.exec(unit.words.join(" "))?.[1];
    const link = r.at(r.skip(index - 1, -1));
    const isAgainst =
      before !== undefined &&
      (link?.ops.has("against") === true ||
        ["from", "over", "to", "on"].includes(r.at(index - 1)?.words[0] ?? "") ||
        ["from", "over", "to", "on"].includes(r.at(index - 2)?.words[0] ?? ""));
    const bucket = over ?? (isAgainst ? before : undefined);
    if (bucket === undefined) return;
    r.use(index);
    const isSaid = r.units.some((one, place) => !r.used[place] && one.time !== undefined && !one.time.relative);
    if ((over !== undefined || !isSaid) && !r.units.some((one, place) => place !== index && one.bucket !== undefined)) {
      const key = bucketOf(bucket);
      if (key !== undefined) r.groups.push({ bucket: key, unit: index });
    }
  });
  r.units.forEach((unit, index) => {
    if (unit.ops.has("against") && !r.used[index]) r.use(index);
  });
}

/** The two spans that are compared: "from 2022 to 2023", "2023 against 2022", and a single one with the one before it. */
function readSpans(r: Reading): { spans: readonly [TimeSpan, TimeSpan]; chosen: Growth["chosen"] } | undefined {
  const places = r.units.flatMap((unit, index) => (unit.time && !r.used[index] && unit.time.part === undefined ? [index] : []));
  const [first, second, ...more] = places;
  const a = first === undefined ? undefined : r.at(first)?.time;
  if (first === undefined || !a || more.length > 0) return undefined;
  const b = second === undefined ? undefined : r.at(second)?.time;
  if (second === undefined) {
    const earlier = r.groups.length > 0 || r.units.some((unit) => unit.bucket !== undefined) ? undefined : periodBefore(a);
    if (!earlier) return undefined;
    const chosen = timeField(r, first);
    r.use(first);
    return { spans: [earlier, a], chosen };
  }
  if (!b) return undefined;
  const chosen = timeField(r, first);
  for (let place = first; place <= second; place++) if (r.at(place)?.filler || r.at(place)?.time) r.use(place);
  const lead = r.at(first - 1);
  if (lead?.ops.has("between") || lead?.words[0] === "from") r.use(first - 1);
  const isTold = r.at(second - 1)?.words[0] === "to" || (a.from ?? "") <= (b.from ?? "");
  return { spans: isTold ? [a, b] : [b, a], chosen };
}

/** How something changed from one span of time to another, or from each to the next. */
export function readGrowth(r: Reading): void {
  const index = r.units.findIndex((unit) => unit.ops.has("growth") && !unit.schema.some((ref) => ref.field && ref.score >= 0.9));
  const isCompared = r.units.some((unit) => unit.ops.has("against")) && r.units.filter((unit) => unit.time !== undefined).length === 2;
  if (index < 0 && !isCompared) return;
  const text = index < 0 ? "change" : (r.units[index]?.words.join(" ") ?? "");
  if (index >= 0) r.use(index);
  const direction = index < 0 ? undefined : readExtreme(r, index);
  let unit: Growth["unit"] = /percent|rate/.test(text) ? "percent" : undefined;
  r.units.forEach((one, place) => {
    if (r.used[place]) return;
    if (one.ops.has("share")) {
      r.use(place);
      unit = "percent";
    } else if (/^how much$/.test(one.words.join(" "))) {
      r.use(place);
      unit ??= "absolute";
    }
  });
  readAgainstBefore(r);
  const found = readSpans(r);
  const word = wordFor(text);
  const rank = direction && (word === "decrease" ? (direction === "desc" ? "asc" : "desc") : direction);
  r.growth = { word, unit, spans: found?.spans, chosen: found?.chosen, rank };
  const money = r.units.findIndex((one, place) => one.trade === "money" && !r.used[place] && !r.entity(place));
  const isTold = r.units.some(
    (one, place) => !r.used[place] && ["how-many", "avg", "sum", "median", "min", "max"].some((op) => one.ops.has(op)),
  );
  if (money >= 0 && !isTold) r.wanted = wantedAt(r, money);
}

/** "The difference between the highest and the lowest salary". */
function readRange(r: Reading, index: number): boolean {
  const end = (ops: readonly string[]): number => r.units.findIndex((unit, place) => place > index && ops.some((op) => unit.ops.has(op)));
  const [high, low] = [end(["highest", "max"]), end(["lowest", "min"])];
  if (high < 0 || low < 0) return false;
  const told = r.rank?.by.kind === "field" ? r.rank.by.chosen : r.wanted?.kind === "aggregate" ? r.wanted.chosen : undefined;
  if (!told) throw new Unplannable("it does not say of what the highest and the lowest are compared");
  r.use(index, high, low);
  r.units.forEach((unit, place) => (unit.ops.has("between") ? r.use(place) : undefined));
  r.rank = undefined;
  r.pendingTop = undefined;
  r.extra.splice(0);
  r.wanted = { kind: "aggregate", fn: "max", chosen: told };
  r.growth = { word: "difference", unit: "absolute", isRange: true };
  return true;
}

/** "The difference between the sales of A and B", "how many more A than B": two values of one field, each with rows of its own. */
export function readDifference(r: Reading): void {
  const index = r.units.findIndex((unit) => unit.ops.has("difference"));
  if (index < 0 || r.growth) return;
  if (readRange(r, index)) return;
  const named = r.filters.filter((one) => one.test.kind === "values" && !one.negated && one.test.values.length === 1);
  const [first, second] =
    named.flatMap((one): [FilterReading, FilterReading][] => {
      const other = named.find(
        (two) => two !== one && "chosen" in two.test && "chosen" in one.test && two.test.chosen?.field === one.test.chosen?.field,
      );
      return other ? [[one, other]] : [];
    })[0] ?? [];
  if (!first || !second || named.some((one) => one !== first && one !== second && sharesField(one, first))) {
    throw new Unplannable("it does not say between which two the difference is");
  }
  const isMore = r.at(index)?.words[0] === "how";
  const than = r.units.findIndex((unit, place) => place > index && unit.words[0] === "than");
  if (isMore && (than < 0 || second.unit < than || first.unit > than)) throw new Unplannable("it does not say more than what");
  if (than >= 0) r.use(than);
  r.units.forEach((unit, place) => (unit.ops.has("between") ? r.use(place) : undefined));
  r.use(index);
  const isFewer = /fewer|less/.test(r.at(index)?.text ?? "");
  r.filters.splice(0, r.filters.length, ...r.filters.filter((one) => one !== first && one !== second));
  r.growth = { word: "difference", unit: "absolute", values: isFewer ? [first, second] : [second, first] };
}

const sharesField = (a: FilterReading, b: FilterReading): boolean =>
  "chosen" in a.test && "chosen" in b.test && a.test.chosen?.field === b.test.chosen?.field;
