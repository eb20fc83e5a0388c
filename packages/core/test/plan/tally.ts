import type { Row } from "./ask.ts";

/** Number of rows, or a sum, for each key; missing keys left out. */
export function per(
  rows: readonly Row[],
  key: string | ((row: Row) => unknown),
  value: (row: Row) => number = () => 1,
): Map<unknown, number> {
  const result = new Map<unknown, number>();
  for (const row of rows) {
    const name = typeof key === "string" ? row[key] : key(row);
    if (name === null || name === undefined) continue;
    result.set(name, (result.get(name) ?? 0) + value(row));
  }
  return result;
}

/** Pairs of a map, the largest number first. */
export function ranked(map: ReadonlyMap<unknown, number>): [unknown, number][] {
  return [...map].toSorted((a, b) => b[1] - a[1]);
}

/** The arithmetic mean of the numbers among the values. */
export function mean(values: readonly unknown[]): number {
  const numbers = values.filter((one): one is number => typeof one === "number");
  return numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
}

/** The mean of a field for each key. */
export function meanPer(rows: readonly Row[], key: string | ((row: Row) => unknown), field: string): [unknown, number][] {
  const groups = new Map<unknown, unknown[]>();
  for (const row of rows) {
    const name = typeof key === "string" ? row[key] : key(row);
    if (name === null || name === undefined) continue;
    groups.set(name, [...(groups.get(name) ?? []), row[field]]);
  }
  return [...groups].map(([name, values]) => [name, mean(values)]);
}

/** The middle of the numbers. */
export function middle(values: readonly unknown[]): number {
  const sorted = values.filter((one): one is number => typeof one === "number").toSorted((a, b) => a - b);
  const half = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(half)] ?? 0) + (sorted[Math.ceil(half)] ?? 0)) / 2;
}

/** Rows by the value of a unique field. */
export function by(rows: readonly Row[], key: string): Map<unknown, Row> {
  return new Map(rows.map((row) => [row[key], row]));
}

/** The field as a number. */
export const num = (row: Row | undefined, field: string): number => Number(row?.[field]);
/** The field as text; empty when missing. */
export const str = (row: Row | undefined, field: string): string => {
  const value = row?.[field];
  return typeof value === "string" ? value : "";
};
