/** A cell of an expected row. */
export type Cell = string | number;

/** What the right answer holds: one value, or rows of which every cell must be found in one row of the answer. */
export type Expected =
  | Cell
  | { readonly rows: readonly (readonly Cell[])[]; /** The order is part of the question. */ readonly ranked?: boolean };

/** One question with its answer, computed by hand-written code over the raw data. */
export interface Question<Data> {
  readonly ask: string;
  /** `simple`: one collection, at most one plain aggregate, order and limit allowed. `other`: grouping, joining, ranking groups, set difference. */
  readonly kind: "simple" | "other";
  readonly expect: (data: Data) => Expected;
  /** Another answer that can be defended as well. */
  readonly or?: (data: Data) => Expected;
}

export const simple = <Data>(ask: string, expect: Question<Data>["expect"], or?: Question<Data>["expect"]): Question<Data> => ({
  ask,
  kind: "simple",
  expect,
  ...(or === undefined ? {} : { or }),
});

export const other = <Data>(ask: string, expect: Question<Data>["expect"], or?: Question<Data>["expect"]): Question<Data> => ({
  ...simple(ask, expect, or),
  kind: "other",
});

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
export const mean = (values: readonly number[]): number => sum(values) / values.length;

/** Rows by what `key` makes of them, in order of first appearance. */
function groupBy<Row, Key>(rows: readonly Row[], key: (row: Row) => Key): Map<Key, Row[]> {
  const groups = new Map<Key, Row[]>();
  for (const row of rows) {
    const at = key(row);
    const group = groups.get(at);
    if (group === undefined) groups.set(at, [row]);
    else group.push(row);
  }
  return groups;
}

/** `[key, value]` of every group. */
export function perGroup<Row>(
  rows: readonly Row[],
  key: (row: Row) => string | number | null | undefined,
  value: (rows: readonly Row[]) => number,
): [Cell, number][] {
  return [...groupBy(rows, key)].flatMap(([name, group]) =>
    name === null || name === undefined ? [] : [[name, value(group)] as [Cell, number]],
  );
}

export const highest = (rows: readonly [Cell, number][], count: number): [Cell, number][] =>
  rows.toSorted((a, b) => b[1] - a[1]).slice(0, count);
export const lowest = (rows: readonly [Cell, number][], count: number): [Cell, number][] =>
  rows.toSorted((a, b) => a[1] - b[1]).slice(0, count);

/** The one row with the greatest value. */
export const best = <Row>(rows: readonly Row[], value: (row: Row) => number): Row => rows.reduce((a, b) => (value(b) > value(a) ? b : a));
