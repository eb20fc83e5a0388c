import type { Json, JsonObject } from "../ports/json.ts";
import { explainPlan, measureText, whereText } from "./explain.ts";
import type { Difference, QueryPlan } from "./query-plan.ts";
import type { ToolRows } from "./tool-results.ts";
import { nameWords, unitInName } from "./words.ts";

/** An answer written from rows. */
export interface RowsAnswer {
  /** A sentence, or a Markdown table with a line that counts its rows. */
  readonly text: string;
  /** The rows with their columns in the order of the plan; numbers as the database gave them. */
  readonly data: readonly JsonObject[];
  readonly truncated: boolean;
}

const maxTableRows = 50;

/** Numbers with thousands separators and no more digits than tell; years and the like are left as they are. */
function formatted(value: Json | undefined, column: string): string {
  if (value === null || value === undefined) return "–";
  if (typeof value === "number") {
    const words = nameWords(column);
    const bare = words.includes("year") || words.includes("decade") || words.at(-1) === "id" || words.at(-1) === "code";
    if (bare && Number.isInteger(value)) return String(value);
    return value.toLocaleString("en-US", { maximumFractionDigits: Math.abs(value) < 1 ? 4 : 2 });
  }
  if (typeof value === "string") return value.replace(/^(\d{4}-\d{2}-\d{2})[T ]00:00:00(\.0+)?Z?$/, "$1");
  return typeof value === "boolean" ? (value ? "yes" : "no") : JSON.stringify(value);
}

const cell = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll("|", "\\|").replace(/\s+/g, " ");

function columnsOf(plan: QueryPlan): readonly string[] {
  if (plan.rollup) return [plan.rollup.as];
  if (plan.measures.length === 0) return plan.select.map((one) => one.as);
  return [...plan.groupBy, ...plan.measures, ...(plan.differences ?? [])].map((column) => column.as);
}

function plural(name: string, count: number): string {
  const words = nameWords(name).join(" ");
  if (count === 1) return words;
  if (/(s|x|ch|sh)$/.test(words)) return words.endsWith("s") && !words.endsWith("ss") ? words : `${words}es`;
  return /[^aeiou]y$/.test(words) ? `${words.slice(0, -1)}ies` : `${words}s`;
}

function scalarSentence(plan: QueryPlan, value: Json | undefined): string {
  const measure = plan.measures[0];
  const where = whereText(plan);
  if (plan.rollup?.fn === "count" && typeof value === "number") {
    const key = plan.groupBy.at(-1);
    const name = key ? (key.field.via ?? key.field.field) : plan.from;
    const having = plan.having
      .map((one) => `${one.measure} ${one.op} ${one.value === "average" ? "the average" : one.value.toLocaleString("en-US")}`)
      .join(" and ");
    return `There ${value === 1 ? "is" : "are"} ${value.toLocaleString("en-US")} ${plural(name, value)}${having === "" ? "" : ` with ${having}`}${where}.`;
  }
  const shown = formatted(value, plan.rollup?.as ?? measure?.as ?? "");
  if (plan.rollup) return `${plan.rollup.as.replace(/^./, (letter) => letter.toUpperCase())}${where}: ${shown}.`;
  if (!measure) return shown;
  const isTally = measure.fn === "count" || (measure.fn === "sum" && measure.as === plan.from);
  if (isTally) {
    const count = typeof value === "number" ? value : 0;
    return `There ${count === 1 ? "is" : "are"} ${count.toLocaleString("en-US")} ${plural(plan.from, count)}${where}.`;
  }
  if (measure.fn === "countDistinct")
    return `There are ${shown} different ${measure.of ? plural(measure.of.field, 2) : ""} in ${plan.from}${where}.`;
  if (measure.fn === "share")
    return `${shown} % of ${plural(plan.from, 2)} meet this: ${measureText(measure, plan).replace(/^.*? for which /, "")}${where === "" ? "" : `, among those${where}`}.`;
  if (value === null || value === undefined) return `There is nothing to compute ${measureText(measure, plan)} from${where}.`;
  const text = measureText(measure, plan);
  return `${text.replace(/^./, (letter) => letter.toUpperCase())} of ${plural(plan.from, 2)}${where} is ${shown}${unitText(measure.of?.field)}.`;
}

/** One number, and the two it comes from. */
function differenceSentence(difference: Difference, plan: QueryPlan, row: JsonObject): string {
  const percent = difference.unit === "percent" ? " %" : "";
  const parts = plan.measures.map((measure) => `${formatted(row[measure.as], measure.of?.field ?? measure.as)} for ${measure.as}`);
  return `The ${difference.as.replace(/ in percent$/, "")} is ${formatted(row[difference.as], difference.as)}${percent} (${parts.join(", ")}).`;
}

function unitText(field: string | undefined): string {
  const unit = /\(([^)]{1,5})\)\s*$/.exec(field ?? "")?.[1];
  return unit !== undefined && unitInName(field ?? "") ? ` ${unit}` : "";
}

/** Writes the answer to a plan from the rows it gave. */
export function answerFromRows(plan: QueryPlan, result: ToolRows): RowsAnswer {
  const columns = columnsOf(plan);
  const data = result.rows.map((row) => Object.fromEntries(columns.map((column) => [column, row[column] ?? null])));
  const isScalar = plan.measures.length > 0 && (plan.groupBy.length === 0 || plan.rollup !== undefined);
  if (isScalar && columns.length === 1) {
    const column = columns[0] ?? "";
    const measure = plan.measures[0];
    const counts =
      plan.rollup?.fn === "count" ||
      (!plan.rollup && (measure?.fn === "count" || measure?.fn === "countDistinct" || measure?.fn === "sum"));
    // No rows at all: nothing was counted, so the count is zero.
    const value = data[0]?.[column] ?? (counts ? 0 : null);
    return { text: scalarSentence(plan, value), data: [{ [column]: value }], truncated: false };
  }
  const [difference, ...others] = plan.differences ?? [];
  if (difference?.from !== undefined && others.length === 0 && plan.groupBy.length === 0 && data[0]) {
    const text = differenceSentence(difference, plan, data[0]);
    return { text, data: [{ [difference.as]: data[0][difference.as] ?? null }], truncated: false };
  }
  if (data.length === 0) return { text: `Nothing was found. ${explainPlan(plan)}`, data, truncated: result.truncated };
  if (data.length === 1 && columns.length === 1 && !result.truncated) {
    const column = columns[0] ?? "";
    return { text: `${column}: ${formatted(data[0]?.[column], column)}.`, data, truncated: false };
  }
  const shown = data.slice(0, maxTableRows);
  const head = `| ${columns.map(cell).join(" | ")} |\n| ${columns.map((column) => (shown.some((row) => typeof row[column] === "number") ? "---:" : "---")).join(" | ")} |`;
  const body = shown.map((row) => `| ${columns.map((column) => cell(formatted(row[column], column))).join(" | ")} |`).join("\n");
  const count = `${data.length.toLocaleString("en-US")} row${data.length === 1 ? "" : "s"}`;
  const more = result.truncated
    ? `The first ${count}; the server cut the rest.`
    : data.length > shown.length
      ? `${count}, the first ${shown.length} shown.`
      : `${count}.`;
  return { text: `${head}\n${body}\n\n${more}`, data, truncated: result.truncated };
}
