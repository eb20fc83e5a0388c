const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const isoDate = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])([T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/;
const yearFirst = /^(\d{4})\/(\d{1,2})\/(\d{1,2})(?: (\d{2}:\d{2}(?::\d{2})?))?$/;
const monthFirst = /^([A-Za-z]{3,9})\.? (\d{1,2}),? (\d{4})$/;
const dayFirst = /^(\d{1,2})[ -]([A-Za-z]{3,9})\.?,?[ -](\d{4})$/;
const numbersOnly = /^(\d{1,2})[/.](\d{1,2})[/.](\d{4})$/;

/** Whether a string is an ISO 8601 date or date and time (a space instead of the T is accepted). A year alone is a number, not a date. */
export function isIsoDate(text: string): boolean {
  return text.length >= 10 && text.length <= 35 && isoDate.test(text);
}

/**
 * Turns a column of dates into ISO strings, or returns `undefined` when some value is not a date or can be read in two ways: `03/04/2020` is
 * only read when other values of the column show which number is the day. Nulls are kept.
 */
export function isoColumn(values: readonly (string | null)[]): (string | null)[] | undefined {
  const first = values.find((value) => value !== null);
  if (first === undefined || first === null || !/\d/.test(first)) return undefined;
  const order = numbersOnly.test(first) ? dayMonthOrder(values) : "named";
  if (order === undefined) return undefined;
  const result: (string | null)[] = [];
  for (const value of values) {
    const iso = value === null ? null : toIso(value, order);
    if (iso === undefined) return undefined;
    result.push(iso);
  }
  return result;
}

type Order = "named" | "day-first" | "month-first";

function toIso(text: string, order: Order): string | undefined {
  if (isIsoDate(text)) return text;
  const slashed = yearFirst.exec(text);
  if (slashed !== null) {
    const date = isoFrom(slashed[1], Number(slashed[2]), slashed[3]);
    return date === undefined || slashed[4] === undefined ? date : `${date}T${slashed[4].length === 5 ? `${slashed[4]}:00` : slashed[4]}`;
  }
  const american = monthFirst.exec(text);
  if (american !== null) return isoFrom(american[3], monthNumber(american[1]), american[2]);
  const british = dayFirst.exec(text);
  if (british !== null) return isoFrom(british[3], monthNumber(british[2]), british[1]);
  const plain = order === "named" ? null : numbersOnly.exec(text);
  if (plain === null) return undefined;
  return order === "day-first" ? isoFrom(plain[3], Number(plain[2]), plain[1]) : isoFrom(plain[3], Number(plain[1]), plain[2]);
}

function isoFrom(year = "", month: number, day = ""): string | undefined {
  const date = new Date(Date.UTC(Number(year), month - 1, Number(day)));
  if (month < 1 || date.getUTCMonth() !== month - 1) return undefined;
  return `${year}-${String(month).padStart(2, "0")}-${day.padStart(2, "0")}`;
}

function monthNumber(name = ""): number {
  return months.indexOf(name.slice(0, 3).toLowerCase()) + 1;
}

/** Which of the two numbers is the day, when some value has one above 12 in just one place. */
function dayMonthOrder(values: readonly (string | null)[]): Order | undefined {
  let dayFirstSeen = false;
  let monthFirstSeen = false;
  for (const value of values) {
    const parts = value === null ? null : numbersOnly.exec(value);
    if (parts === null) continue;
    dayFirstSeen ||= Number(parts[1]) > 12;
    monthFirstSeen ||= Number(parts[2]) > 12;
  }
  if (dayFirstSeen === monthFirstSeen) return undefined;
  return dayFirstSeen ? "day-first" : "month-first";
}
