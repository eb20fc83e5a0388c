import type { Cell, Expected } from "./question.ts";

/** What an answer may be. */
export type Verdict = "right" | "wrong" | "refused";

/** The part of a result that is looked at: rows when data was found, nothing when the question was not answered. */
export interface Answered {
  readonly data?: unknown;
  readonly text: string;
}

type Row = Readonly<Record<string, unknown>>;

const relativeTolerance = 1e-6;
/** Money and means may be rounded to what is shown. */
const absoluteTolerance = 0.005;

const isClose = (a: number, b: number): boolean => Math.abs(a - b) <= Math.max(absoluteTolerance, Math.abs(b) * relativeTolerance);

const asText = (value: unknown): string =>
  String(value)
    .trim()
    .toLowerCase()
    .replace(/[t ]00:00:00(\.0+)?z?$/, "");

function cellMatches(value: unknown, expected: Cell): boolean {
  if (typeof expected === "number") {
    const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
    return typeof number === "number" && isClose(number, expected);
  }
  return typeof value === "string" && asText(value) === asText(expected);
}

/** Some columns, or a person's first and last name put together, hold the cell; no column is used for two cells. */
function rowMatches(row: Row, expected: readonly Cell[]): boolean {
  const values = Object.values(row);
  const used = new Set<number>();
  return expected.every((cell) => {
    const at = values.findIndex((value, index) => !used.has(index) && (cellMatches(value, cell) || endsWithName(value, cell)));
    used.add(at);
    return at !== -1;
  });
}

const endsWithName = (value: unknown, cell: Cell): boolean =>
  typeof value === "string" && typeof cell === "string" && asText(value).endsWith(` ${asText(cell)}`);

function rowsMatch(rows: readonly Row[], expected: readonly (readonly Cell[])[], ranked: boolean): boolean {
  if (rows.length !== expected.length) return false;
  if (ranked) return expected.every((cells, at) => rowMatches(rows[at]!, cells) || isTie(expected, at, rows[at]!));
  const left = [...rows];
  return expected.every((cells) => {
    const at = left.findIndex((row) => rowMatches(row, cells));
    if (at !== -1) left.splice(at, 1);
    return at !== -1;
  });
}

/** Rows of equal measure may stand in any order. */
function isTie(expected: readonly (readonly Cell[])[], at: number, row: Row): boolean {
  const measure = expected[at]!.at(-1);
  return expected.some((cells) => typeof measure === "number" && cells.at(-1) === measure && rowMatches(row, cells));
}

const rowsOf = (data: unknown): readonly Row[] | undefined => {
  if (!Array.isArray(data)) return undefined;
  return data.map((row: unknown) => (typeof row === "object" && row !== null ? (row as Row) : { value: row }));
};

/** One value is right when the answer is one row that holds it; a share may be told as a fraction or in percent. */
function valueMatches(rows: readonly Row[], expected: Cell): boolean {
  if (rows.length !== 1) return false;
  const candidates =
    typeof expected === "number" && expected > 0 && expected < 100 && !Number.isInteger(expected) ? [expected, expected / 100] : [expected];
  return candidates.some((cell) => rowMatches(rows[0]!, [cell]));
}

/** Judges an answer. Not answering is `refused`; everything else that is not exactly right is `wrong`. */
export function judge({ data }: Answered, expected: Expected): Verdict {
  const rows = rowsOf(data);
  if (rows === undefined) return "refused";
  const right = typeof expected === "object" ? rowsMatch(rows, expected.rows, expected.ranked ?? false) : valueMatches(rows, expected);
  return right ? "right" : "wrong";
}
