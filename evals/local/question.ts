import { type Row, known, per } from "./rows.ts";

/** A cell of an expected row; of a list, any one is right, such as a name or its code. Empty text stands for what is not known. */
export type Cell = string | number | readonly (string | number)[];

/** What the right answer holds: one value, or rows of which every cell must be found in one row of the answer. */
export type Expected =
  | Cell
  | { readonly rows: readonly (readonly Cell[])[]; /** The order is part of the question. */ readonly ranked?: boolean };

/** One question with its answer, computed by hand-written code over the raw data. */
export interface Question<Data> {
  readonly ask: string;
  /** `simple`: one collection, at most one plain aggregate, order and limit allowed. `other`: grouping, joining, ranking groups, set difference. */
  readonly kind: "simple" | "other";
  /** The answers that can be defended: the one most people mean first, then other readings of the same words. */
  readonly accept: readonly ((data: Data) => Expected)[];
}

export const simple = <Data>(ask: string, ...accept: ((data: Data) => Expected)[]): Question<Data> => ({ ask, kind: "simple", accept });
export const other = <Data>(ask: string, ...accept: ((data: Data) => Expected)[]): Question<Data> => ({ ask, kind: "other", accept });

/** Rows of one cell each. */
export const list = (cells: readonly Cell[]): Expected => ({ rows: cells.map((cell) => [cell]) });
/** Rows in any order. */
export const table = (rows: readonly (readonly Cell[])[]): Expected => ({ rows });
/** Rows whose order is asked for. */
export const ranking = (rows: readonly (readonly Cell[])[]): Expected => ({ rows, ranked: true });
/** A share of the whole, told in percent or as a fraction. */
export const asFraction =
  <Data>(percent: (data: Data) => number) =>
  (data: Data): number =>
    percent(data) / 100;

/** The ways to name a month given as `2024-03`, in a table of that one year. */
export function monthCell(yearMonth: string): Cell {
  const [year, month] = yearMonth.split("-") as [string, string];
  const name = new Date(`${yearMonth}-01T00:00:00Z`).toLocaleString("en", { month: "long", timeZone: "UTC" });
  return [yearMonth, `${yearMonth}-01`, name, `${name} ${year}`, Number(month)];
}

/** Every group of a column with its value; the rows in which the column is not known may be left out, or be a group of their own. */
export const byColumn = <Data>(
  rows: (data: Data) => readonly Row[],
  field: string,
  value: (rows: readonly Row[]) => number,
): [(data: Data) => Expected, (data: Data) => Expected] => {
  const groups = (data: Data) => per(rows(data), field, value);
  const unknown = (data: Data) => rows(data).filter((row) => known([row], field).length === 0);
  return [(data) => table(groups(data)), (data) => table([...groups(data), ["", value(unknown(data))]])];
};
