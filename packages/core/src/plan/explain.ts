import type { Condition, Difference, FieldRef, Measure, QueryPlan } from "./query-plan.ts";

const signs = { "=": "is", "!=": "is not", ">": "is over", ">=": "is at least", "<": "is under", "<=": "is at most" } as const;

const months = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
const weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

const quoted = (value: unknown): string =>
  typeof value === "string"
    ? `'${value}'`
    : typeof value === "number"
      ? value.toLocaleString("en-US", { maximumFractionDigits: 6, useGrouping: value >= 10_000 })
      : String(value);

function listed(values: readonly unknown[], word: "or" | "and"): string {
  const texts = values.slice(0, 6).map(quoted);
  if (values.length > 6) return `one of ${values.length} values such as ${texts.slice(0, 3).join(", ")}`;
  return texts.length < 2 ? (texts[0] ?? "") : `${texts.slice(0, -1).join(", ")} ${word} ${texts.at(-1) ?? ""}`;
}

function nameOf(ref: FieldRef): string {
  return ref.via === undefined || /^\d+$/.test(ref.via) ? ref.field : `${ref.via} ${ref.field}`;
}

const dayBefore = (day: string): string => new Date(Date.parse(`${day.slice(0, 10)}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);

function dates(from: string | undefined, to: string | undefined): string {
  if (from !== undefined && to !== undefined) {
    if (from.endsWith("-01-01") && to.endsWith("-01-01") && Number(to.slice(0, 4)) - Number(from.slice(0, 4)) === 1)
      return `in ${from.slice(0, 4)}`;
    return dayBefore(to) === from ? `on ${from}` : `from ${from} to ${dayBefore(to)}`;
  }
  return from === undefined ? `before ${to ?? ""}` : `since ${from}`;
}

function conditionText(condition: Condition): string {
  switch (condition.kind) {
    case "compare":
      return `${nameOf(condition.field)} ${signs[condition.op]} ${quoted(condition.value)}`;
    case "fields":
      return `${nameOf(condition.field)} ${{ "=": "is the same as", "!=": "is not", ">": "is over", ">=": "is at least", "<": "is under", "<=": "is at most" }[condition.op]} ${nameOf(condition.other)}`;
    case "in":
      return `${nameOf(condition.field)} is ${condition.negated ? "neither " : ""}${listed(condition.values, "or").replace(condition.negated ? / or / : /$^/, " nor ")}`;
    case "text":
      return `${nameOf(condition.field)} ${condition.negated ? "does not " : ""}${{ contains: condition.negated ? "contain" : "contains", starts: condition.negated ? "start with" : "starts with", ends: condition.negated ? "end in" : "ends in", equals: condition.negated ? "read" : "is" }[condition.match]} '${condition.text}'`;
    case "missing":
      return condition.negated ? `${nameOf(condition.field)} is known` : `${nameOf(condition.field)} is missing`;
    case "dates":
      return `${nameOf(condition.field)} is ${condition.negated ? "not " : ""}${dates(condition.from, condition.to)}`;
    case "calendar":
      return `${nameOf(condition.field)} falls ${condition.part === "month" ? `in ${months[condition.value - 1] ?? ""}` : `on a ${weekdays[condition.value - 1] ?? ""}`}`;
    case "versus":
      return `${nameOf(condition.field)} ${signs[condition.op]} ${{ avg: "the average", min: "the lowest", max: "the highest" }[condition.fn]}`;
    case "any":
      return `(${condition.conditions.map(conditionText).join(" or ")})`;
    case "all":
      return condition.conditions.map(conditionText).join(" and ");
    case "related": {
      const last = condition.path.at(-1)?.to ?? "";
      const where = condition.where.length > 0 ? ` where ${condition.where.map(conditionText).join(" and ")}` : "";
      if (condition.op === "=" && condition.count === 0) return `there is no ${last}${where}`;
      if (condition.op === ">" && condition.count === 0) return `there is a ${last}${where}`;
      return `the number of ${last}${where} ${signs[condition.op]} ${condition.count}`;
    }
  }
}

/** The conditions of a plan in words: " where Director is 'Steven Spielberg'"; empty when there are none to speak of. */
export function whereText(plan: QueryPlan): string {
  const implied = new Set(
    [
      ...plan.groupBy.map((key) => key.field),
      ...plan.select.map((one) => one.field),
      ...plan.orderBy.flatMap((one) => (one.field ? [one.field] : [])),
    ].map((ref) => JSON.stringify(ref)),
  );
  const spoken = plan.where.filter(
    (condition) => !(condition.kind === "missing" && condition.negated && implied.has(JSON.stringify(condition.field))),
  );
  return spoken.length === 0 ? "" : ` where ${spoken.map(conditionText).join(" and ")}`;
}

function measuredText({ of, times, since }: Measure): string {
  if (of === undefined) return "";
  if (since !== undefined) return `number of days from ${nameOf(since)} to ${nameOf(of)}`;
  return nameOf(of) + (times === undefined ? "" : ` times ${nameOf(times)}`);
}

function functionText(measure: Measure, plan: QueryPlan): string {
  const of = measuredText(measure);
  switch (measure.fn) {
    case "count":
      return `the number of ${plan.from}`;
    case "countDistinct":
      return `the number of different ${of}`;
    case "sum":
      return `the total ${of}`;
    case "avg":
      return `the average ${of}`;
    case "min":
      return `the lowest ${of}`;
    case "max":
      return `the highest ${of}`;
    case "median":
      return `the median ${of}`;
    case "share":
      return `the percentage of ${measure.of ? `the total ${of} of ` : ""}${plan.from}`;
  }
}

/** What a measure computes, in words: "the average IMDB Rating". */
export function measureText(measure: Measure, plan: QueryPlan): string {
  return measure.where
    ? `${functionText(measure, plan)} for which ${measure.where.map(conditionText).join(" and ")}`
    : functionText(measure, plan);
}

function differenceText({ of, from, unit }: Difference): string {
  const change = unit === "percent" ? "the change in percent" : "the change";
  return from === undefined ? `${change} of ${of} from the one before` : `${change} from ${from} to ${of}`;
}

/** Which rows of a ranking: "number 2", "numbers 2 to 4". */
const placeText = (offset: number, limit: number): string =>
  limit === 1 ? `number ${offset + 1} of those` : `numbers ${offset + 1} to ${offset + limit} of those`;

/** The plan as one English sentence. */
export function explainPlan(plan: QueryPlan): string {
  const where = whereText(plan);
  const order = plan.orderBy[0];
  const orderName = order?.column ?? (order?.field ? nameOf(order.field) : undefined);
  const within = plan.per && plan.per.length > 0 ? ` of each ${plan.per.join(" and ")}` : "";
  const ranked =
    plan.limit !== undefined && orderName !== undefined
      ? `, the ${plan.offset === undefined ? plan.limit : placeText(plan.offset, plan.limit)} with the ${order?.direction === "desc" ? "highest" : "lowest"} ${orderName}${within}`
      : "";
  if (plan.measures.length > 0) {
    const only = plan.measures[0];
    const measures = [...plan.measures.map((measure) => measureText(measure, plan)), ...(plan.differences ?? []).map(differenceText)].join(
      " and ",
    );
    const by =
      plan.groupBy.length > 0
        ? ` for each ${plan.groupBy.map((key) => (key.bucket ? `${key.bucket.replace("-", " ")} of ${nameOf(key.field)}` : nameOf(key.field))).join(" and ")}`
        : "";
    const having = plan.having
      .map((one) => `${one.measure} ${signs[one.op]} ${one.value === "average" ? "the average of all" : quoted(one.value)}`)
      .join(" and ");
    const kept = having === "" ? "" : `, keeping those whose ${having}`;
    if (plan.rollup?.fn === "count")
      return `Counted each ${plan.groupBy.map((key) => nameOf(key.field)).join(" and ")} of ${plan.from}${where}${kept}.`;
    if (plan.rollup)
      return `Took the ${{ avg: "average", sum: "total", min: "lowest", max: "highest", median: "median" }[plan.rollup.fn]} of ${measures}${by}${where}${kept}.`;
    if (only && plan.measures.length === 1 && only.fn === "count" && !only.where && plan.groupBy.length === 0)
      return `Counted ${plan.from}${where}.`;
    return `Computed ${measures}${only?.fn === "count" || only?.fn === "share" ? "" : ` of ${plan.from}`}${where}${by}${kept}${ranked}.`;
  }
  const what = plan.select.map((one) => nameOf(one.field)).join(", ");
  return `Listed ${plan.distinct ? "the different " : ""}${what} of ${plan.from}${where}${ranked}.`;
}
