import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** A document of a collection, as its file has it. */
export type Row = Readonly<Record<string, unknown>>;

/** What a JSON file holds, given its `file:` URL, such as `import.meta.resolve` answers for a file inside an installed package. */
export const jsonAt = (url: string | URL): unknown => JSON.parse(readFileSync(fileURLToPath(url), "utf8"));
export const rowsAt = (url: string | URL): readonly Row[] => jsonAt(url) as Row[];

export const num = (row: Row, field: string): number => Number(row[field]);
export const str = (row: Row, field: string): string => String(row[field]);

/** Rows that have the field: absent, null and empty text are all "not known". */
export const known = <R extends Row>(rows: readonly R[], field: string): readonly R[] =>
  rows.filter((row) => row[field] !== null && row[field] !== undefined && row[field] !== "");
export const where = <R extends Row>(rows: readonly R[], field: string, value: unknown): readonly R[] =>
  rows.filter((row) => row[field] === value);
/** The one row whose field has this value; throws when there is none. */
export function find<R extends Row>(rows: readonly R[], field: string, value: unknown): R {
  const found = rows.find((row) => row[field] === value);
  if (found === undefined) throw new Error(`no row whose ${field} is ${String(value)}`);
  return found;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
export const mean = (values: readonly number[]): number => sum(values) / values.length;
export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
};

/** The known numbers of a column. */
export const numbers = (rows: readonly Row[], field: string): number[] => known(rows, field).map((row) => num(row, field));
export const count = (rows: readonly Row[]): number => rows.length;
export const sumOf =
  (field: string) =>
  (rows: readonly Row[]): number =>
    sum(numbers(rows, field));
export const meanOf =
  (field: string) =>
  (rows: readonly Row[]): number =>
    mean(numbers(rows, field));

/** `[key, value]` of every group, in order of first appearance; rows whose key is not known are left out. */
export function perGroup<R>(
  rows: readonly R[],
  key: (row: R) => string | number | null | undefined,
  value: (rows: readonly R[]) => number,
): [string | number, number][] {
  const groups = Map.groupBy(rows, key);
  return [...groups].flatMap(([name, group]) =>
    name === null || name === undefined || name === "" ? [] : [[name, value(group)] as [string | number, number]],
  );
}

/** `perGroup` by a column. */
export const per = (rows: readonly Row[], field: string, value: (rows: readonly Row[]) => number): [string | number, number][] =>
  perGroup(known(rows, field), (row) => str(row, field), value);

/** The first `limit` rows by descending value. */
export const top = <R>(rows: readonly R[], limit: number, value: (row: R) => number): R[] =>
  rows.toSorted((a, b) => value(b) - value(a)).slice(0, limit);
export const highest = <K>(groups: readonly [K, number][], limit: number): [K, number][] => top(groups, limit, ([, value]) => value);
export const lowest = <K>(groups: readonly [K, number][], limit: number): [K, number][] => top(groups, limit, ([, value]) => -value);
/** The one row with the greatest value. */
export const best = <R>(rows: readonly R[], value: (row: R) => number): R => top(rows, 1, value)[0]!;
