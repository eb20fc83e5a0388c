import { plan, type PlanOutcome } from "../../src/plan/planner.ts";
import { type DataSource, dataSource } from "../../src/plan/data-source.ts";
import type { Catalog } from "../../src/plan/catalog.ts";
import type { Tool } from "../../src/ports/tool-source.ts";
import { type Data, mongoTools } from "./data.ts";

/** A row as the test sees it. */
export type Row = Record<string, unknown>;

/** A question with what the data says, worked out in plain code. */
export interface Case<D> {
  readonly question: string;
  /** One number or text: the only value, or the last column of the only row. Rows: each value must stand in the row of the same place. */
  readonly expect: (data: D) => unknown;
  /** The order of the rows is part of the answer. */
  readonly ordered?: boolean;
  /** It cannot be answered from this data, and must say so. */
  readonly refuse?: boolean;
}

/** The day the questions are asked. */
export const now = new Date("2025-06-15T12:00:00Z");

export interface Asked {
  readonly source: DataSource;
  readonly catalog: Catalog;
  readonly ask: (question: string) => Promise<{ readonly outcome: PlanOutcome; readonly rows: readonly Row[] }>;
}

/** Data behind tools, ready to be asked. */
export async function asked(data: Data, tools: Tool[] = mongoTools(data, {}, 5000)): Promise<Asked> {
  const source = dataSource(tools);
  if (!source) throw new Error("no data source in the tools");
  const catalog = await source.catalog();
  return {
    source,
    catalog,
    ask: async (question) => {
      const outcome = plan(question, catalog, { now });
      return { outcome, rows: outcome.kind === "plan" ? (await source.run(outcome.plan)).rows : [] };
    },
  };
}

const same = (a: unknown, b: unknown): boolean => {
  if (typeof a === "number" && typeof b === "number") return Math.abs(a - b) <= 1e-6 * Math.max(1, Math.abs(a), Math.abs(b));
  if (b instanceof Date) return String(a).slice(0, 10) === b.toISOString().slice(0, 10);
  return a === b || (a === undefined && b === null);
};

const holds = (row: Row, expected: unknown): boolean => {
  const values = Object.values(row);
  return (Array.isArray(expected) ? expected : [expected]).every((one) => values.some((value) => same(value, one)));
};

/** True when the rows say what was expected. */
export function isRight(rows: readonly Row[], expected: unknown, ordered = false): boolean {
  if (!Array.isArray(expected)) {
    const only = rows[0];
    if (rows.length === 0) return expected === 0;
    return rows.length === 1 && only !== undefined && holds(only, expected);
  }
  if (rows.length !== expected.length) return false;
  if (ordered) return expected.every((one, index) => holds(rows[index] ?? {}, one));
  const left = [...rows];
  return expected.every((one) => {
    const place = left.findIndex((row) => holds(row, one));
    if (place < 0) return false;
    left.splice(place, 1);
    return true;
  });
}
