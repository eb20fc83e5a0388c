import type { Cell, Expected } from "./question.ts";

/** What an answer may be. */
export type Verdict = "right" | "wrong" | "refused";

/** The part of a result that is looked at. */
export interface Answered {
  /** Rows when data was found; absent when the question was not answered. */
  readonly data?: unknown;
  readonly text: string;
  readonly citations?: readonly unknown[] | undefined;
}

type Row = Readonly<Record<string, unknown>>;

/** `actual` is `expected`, but for the noise of floats (1e-6) or rounding to two or more decimals that keeps two or more digits. */
function isClose(actual: number, expected: number): boolean {
  if (Math.abs(actual - expected) <= Math.abs(expected) * 1e-6) return true;
  return [2, 3, 4, 5, 6].some((decimals) => {
    const rounded = Number(expected.toFixed(decimals));
    return Math.abs(rounded) >= 10 ** (1 - decimals) && Math.abs(actual - rounded) <= Math.abs(rounded) * 1e-9;
  });
}

const normalised = (value: string): string =>
  value
    .trim()
    .toLowerCase()
    .replace(/[t ]00:00:00(\.0+)?z?$/, "");

const asNumber = (value: unknown): number | undefined => {
  if (typeof value === "string" && value.trim() !== "" && !Number.isNaN(Number(value))) return Number(value);
  return typeof value === "number" ? value : undefined;
};

function isValue(value: unknown, expected: string | number): boolean {
  if (expected === "") return value === null || value === undefined || value === "" || value === "unknown";
  if (typeof expected === "string")
    return ["string", "number", "boolean"].includes(typeof value) && normalised(String(value)) === normalised(expected);
  const number = asNumber(value);
  return number !== undefined && isClose(number, expected);
}

const readingsOf = (cell: Cell): readonly (string | number)[] => (typeof cell === "object" ? cell : [cell]);
const isCell = (value: unknown, expected: Cell): boolean => readingsOf(expected).some((reading) => isValue(value, reading));

/** Each expected cell is found in a column of its own, in whatever order the columns are. */
function rowMatches(values: readonly unknown[], [cell, ...others]: readonly Cell[]): boolean {
  if (cell === undefined) return true;
  return values.some((value, at) => isCell(value, cell) && rowMatches(values.toSpliced(at, 1), others));
}

/** Rows of equal measure, the last cell, may stand in any order. */
function isTie(row: readonly unknown[], at: number, expected: readonly (readonly Cell[])[]): boolean {
  const measure = expected[at]!.at(-1);
  return typeof measure === "number" && expected.some((cells) => cells.at(-1) === measure && rowMatches(row, cells));
}

function rowsMatch(rows: readonly (readonly unknown[])[], expected: readonly (readonly Cell[])[], ranked: boolean): boolean {
  if (rows.length !== expected.length) return false;
  const left = [...rows];
  const everyIsThere = expected.every((cells) => {
    const at = left.findIndex((row) => rowMatches(row, cells));
    if (at !== -1) left.splice(at, 1);
    return at !== -1;
  });
  return everyIsThere && (!ranked || expected.every((cells, at) => rowMatches(rows[at]!, cells) || isTie(rows[at]!, at, expected)));
}

const isIdentifier = (column: string): boolean => /(^_?|_|[a-z])(id|Id|ID)$/.test(column);

/** The column is called what the question asks for: `life_expect` for "life expectancy". */
function isNamedIn(column: string, ask: string): boolean {
  const words = (text: string): string[] =>
    text
      .replace(/([a-z])([A-Z])/g, "$1 $2")
      .toLowerCase()
      .match(/[a-z]{3,}/g) ?? [];
  const asked = words(ask);
  return words(column).some((word) => asked.some((other) => other.startsWith(word) || word.startsWith(other)));
}

/**
 * One row, and the value is what it says: text in any column, but a number must be the only one, or the only one the question names. Identifiers
 * and numbers that repeat the question (`year: 2005`) say nothing. The sentence shows the value too.
 */
function valueMatches(rows: readonly Row[], expected: Cell, { text }: Answered, ask: string): boolean {
  const [row] = rows;
  if (row === undefined || rows.length !== 1) return false;
  const right = Object.values(row).filter((value) => isCell(value, expected));
  if (right.length === 0) return false;
  if (right.every((value) => asNumber(value) === undefined)) return true;
  const numbers = Object.entries(row).filter(([column, value]) => !isIdentifier(column) && asNumber(value) !== undefined);
  const asked = numbersIn(ask);
  const said = firstNonEmpty(
    numbers.filter(([, value]) => !asked.includes(asNumber(value)!)),
    numbers,
  );
  const named = said.length === 1 ? said : said.filter(([column]) => isNamedIn(column, ask));
  return firstNonEmpty(named, said).every(([, value]) => isCell(value, expected)) && shows(text, right);
}

const firstNonEmpty = <T>(first: readonly T[], second: readonly T[]): readonly T[] => (first.length > 0 ? first : second);

const numbersIn = (text: string): number[] =>
  [...text.matchAll(/-?\d[\d,]*(\.\d+)?/g)].map(([digits]) => Number(digits.replaceAll(",", "")));

/** The text holds the number, perhaps rounded for reading. */
const shows = (text: string, values: readonly unknown[]): boolean =>
  values.some((value) =>
    numbersIn(text).some((shown) => [1, 100].some((scale) => Math.abs(shown - Number(value) * scale) <= Math.abs(shown) * 0.01)),
  );

const isTable = (expected: Expected): expected is Exclude<Expected, Cell> => typeof expected === "object" && "rows" in expected;

/** Says that it cannot, or asks back. */
const declines = ({ text }: Answered): boolean =>
  /\b(cannot|can't|could ?n[o']t|do(es)? ?n[o']t|unable|no data|nothing|will not|won't)\b|\?/i.test(text);

/**
 * Judges an answer against every defensible one. What has no rows and says so is `refused`; all else that is not exactly right is `wrong`: another
 * number, a row more or less, another order where the question ranks.
 */
export function judge(answer: Answered, accepted: readonly Expected[], ask = ""): Verdict {
  if (!Array.isArray(answer.data)) return declines(answer) ? "refused" : "wrong";
  const rows = answer.data.map((row: unknown): Row => (typeof row === "object" && row !== null ? (row as Row) : { value: row }));
  const values = rows.map((row) => Object.values(row));
  const isRight = (expected: Expected): boolean =>
    isTable(expected) ? rowsMatch(values, expected.rows, expected.ranked ?? false) : valueMatches(rows, expected, answer, ask);
  return accepted.some(isRight) ? "right" : "wrong";
}
