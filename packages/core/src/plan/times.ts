import { months, weekdays } from "./lexicon.ts";
import type { Bucket } from "./query-plan.ts";
import type { Token } from "./tokens.ts";

/** A stretch of time a phrase names: from the start of day `from` to before the start of day `to`. */
export interface TimeSpan {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** The year itself, when the phrase is a year: fields that hold years compare with it. */
  readonly year?: number | undefined;
  /** Years from..to inclusive, for decades. */
  readonly years?: readonly [number, number] | undefined;
  /** A month or weekday of any year. */
  readonly part?: { readonly kind: "month" | "weekday"; readonly value: number } | undefined;
  /** In words, for the explanation. */
  readonly text: string;
  /** True when it depends on the day it is asked. */
  readonly relative: boolean;
}

const iso = (date: Date): string => date.toISOString().slice(0, 10);
const day = (year: number, month: number, date: number): string => iso(new Date(Date.UTC(year, month, date)));

const monthIndex = (word: string): number => {
  const full = months.indexOf(word);
  if (full >= 0) return full;
  return word.length === 3 || word === "sept" ? months.findIndex((month) => month.startsWith(word.slice(0, 3))) : -1;
};

function year(value: number): TimeSpan {
  return { from: day(value, 0, 1), to: day(value + 1, 0, 1), year: value, text: String(value), relative: false };
}

const isYear = (token: Token | undefined): token is Token & { number: number } =>
  token?.number !== undefined &&
  Number.isInteger(token.number) &&
  token.number >= 1500 &&
  token.number <= 2200 &&
  /^\d{4}$/.test(token.text);

/** The stretch that starts `count` units before now. */
function relativeSpan(which: "last" | "this" | "next", count: number, unit: string, now: Date, text: string): TimeSpan | undefined {
  const y = now.getUTCFullYear();
  const m = now.getUTCMonth();
  const d = now.getUTCDate();
  const span = (from: string, to: string): TimeSpan => ({ from, to, text, relative: true });
  const step = which === "next" ? 1 : -1;
  const rolling = count > 1;
  switch (unit) {
    case "year":
      if (which === "this") return { ...year(y), text, relative: true };
      if (rolling) return which === "last" ? span(day(y - count, m, d), day(y, m, d + 1)) : span(day(y, m, d), day(y + count, m, d));
      return { ...year(y + step), text, relative: true };
    case "quarter": {
      const quarter = Math.floor(m / 3);
      if (which === "this") return span(day(y, quarter * 3, 1), day(y, quarter * 3 + 3, 1));
      if (rolling && which === "last") return span(day(y, (quarter - count) * 3, 1), day(y, quarter * 3, 1));
      return span(day(y, (quarter + step) * 3, 1), day(y, (quarter + step) * 3 + 3, 1));
    }
    case "month":
      if (which === "this") return span(day(y, m, 1), day(y, m + 1, 1));
      if (rolling) return which === "last" ? span(day(y, m - count, d), day(y, m, d + 1)) : span(day(y, m, d), day(y, m + count, d));
      return span(day(y, m + step, 1), day(y, m + step + 1, 1));
    case "week": {
      if (rolling) return span(day(y, m, d - 7 * count), day(y, m, d + 1));
      const monday = d - ((now.getUTCDay() + 6) % 7);
      const shift = which === "this" ? 0 : 7 * step;
      return span(day(y, m, monday + shift), day(y, m, monday + shift + 7));
    }
    case "day":
      return which === "last" ? span(day(y, m, d - count), day(y, m, d + 1)) : undefined;
    default:
      return undefined;
  }
}

const partNames: Readonly<Record<string, number>> = {
  first: 1,
  "1st": 1,
  second: 2,
  "2nd": 2,
  third: 3,
  "3rd": 3,
  fourth: 4,
  "4th": 4,
  last: 0,
};

/** "The first quarter of 2023", "second half of 2022". */
function partOfYear(tokens: readonly Token[], index: number): { readonly span: TimeSpan; readonly length: number } | undefined {
  const word = tokens[index]?.word ?? "";
  const months = { quarter: 3, half: 6 }[tokens[index + 1]?.word ?? ""];
  const gap = tokens[index + 2]?.word === "of" ? 1 : 0;
  const yearToken = tokens[index + 2 + gap];
  if (months === undefined || !Object.hasOwn(partNames, word) || !isYear(yearToken)) return undefined;
  const count = 12 / months;
  const place = partNames[word] === 0 ? count : (partNames[word] ?? count + 1);
  if (place > count) return undefined;
  const first = (place - 1) * months;
  const text = `${word} ${tokens[index + 1]?.word ?? ""} of ${yearToken.number}`;
  return {
    span: { from: day(yearToken.number, first, 1), to: day(yearToken.number, first + months, 1), text, relative: false },
    length: 3 + gap,
  };
}

/** A month of no year as that of the year of another span: "between March and June 2023". */
export function inYearOf(span: TimeSpan, other: TimeSpan): TimeSpan {
  if (span.part?.kind !== "month" || other.from === undefined) return span;
  const y = Number(other.from.slice(0, 4));
  return { from: day(y, span.part.value - 1, 1), to: day(y, span.part.value, 1), text: span.text, relative: false };
}

/** The phrase about time that starts at `index`, and how many tokens it takes. `now` is needed for relative ones. */
export function timeAt(
  tokens: readonly Token[],
  index: number,
  now: Date,
): { readonly span: TimeSpan; readonly length: number } | undefined {
  const token = tokens[index];
  if (!token || token.quoted) return undefined;
  const next = tokens[index + 1];
  const after = tokens[index + 2];
  if (token.day !== undefined) {
    const start = new Date(`${token.day}T00:00:00Z`);
    if (Number.isNaN(start.getTime())) return undefined;
    return { span: { from: token.day, to: iso(new Date(start.getTime() + 86_400_000)), text: token.day, relative: false }, length: 1 };
  }
  const decade = /^(\d{3}0)s$/.exec(token.word);
  if (decade) {
    const start = Number(decade[1]);
    const span = {
      from: day(start, 0, 1),
      to: day(start + 10, 0, 1),
      years: [start, start + 9] as const,
      text: `the ${start}s`,
      relative: false,
    };
    return { span, length: 1 };
  }
  const quarter = /^q([1-4])$/.exec(token.word);
  if (quarter && isYear(next)) {
    const first = (Number(quarter[1]) - 1) * 3;
    return {
      span: {
        from: day(next.number, first, 1),
        to: day(next.number, first + 3, 1),
        text: `Q${quarter[1]} ${next.number}`,
        relative: false,
      },
      length: 2,
    };
  }
  const part = partOfYear(tokens, index);
  if (part) return part;
  const month = monthIndex(token.word);
  if (month >= 0 && (token.word !== "may" || token.capital) && (token.word !== "march" || token.capital)) {
    const name = (months[month] ?? "").replace(/^./, (letter) => letter.toUpperCase());
    const date = next?.number ?? Number(/^(\d{1,2})(st|nd|rd|th)$/.exec(next?.word ?? "")?.[1] ?? Number.NaN);
    if (date >= 1 && date <= 31 && isYear(after)) {
      return {
        span: {
          from: day(after.number, month, date),
          to: day(after.number, month, date + 1),
          text: `${date} ${name} ${after.number}`,
          relative: false,
        },
        length: 3,
      };
    }
    const gap = next?.word === "of" ? 1 : 0;
    const yearToken = tokens[index + 1 + gap];
    if (isYear(yearToken)) {
      return {
        span: {
          from: day(yearToken.number, month, 1),
          to: day(yearToken.number, month + 1, 1),
          text: `${name} ${yearToken.number}`,
          relative: false,
        },
        length: 2 + gap,
      };
    }
    return { span: { part: { kind: "month", value: month + 1 }, text: name, relative: false }, length: 1 };
  }
  if (token.number !== undefined && next && monthIndex(next.word) >= 0 && isYear(after) && token.number >= 1 && token.number <= 31) {
    const at = monthIndex(next.word);
    return {
      span: {
        from: day(after.number, at, token.number),
        to: day(after.number, at, token.number + 1),
        text: `${token.number} ${next.text} ${after.number}`,
        relative: false,
      },
      length: 3,
    };
  }
  const weekday = weekdays.indexOf(token.word.replace(/s$/, ""));
  if (weekday >= 0)
    return { span: { part: { kind: "weekday", value: weekday + 1 }, text: weekdays[weekday] ?? "", relative: false }, length: 1 };
  if (token.word === "yesterday" || token.word === "today") {
    const shift = token.word === "today" ? 0 : 1;
    const at = new Date(now.getTime() - shift * 86_400_000);
    return { span: { from: iso(at), to: iso(new Date(at.getTime() + 86_400_000)), text: token.word, relative: true }, length: 1 };
  }
  const which = (
    { last: "last", past: "last", previous: "last", prior: "last", preceding: "last", this: "this", current: "this", next: "next" } as const
  )[token.word];
  if (which !== undefined && next) {
    const numbered = next.number !== undefined && after !== undefined;
    const unitToken = numbered ? after : next;
    const unit = unitToken.word.replace(/s$/, "");
    const count = numbered ? (next.number ?? 1) : 1;
    const text = tokens
      .slice(index, index + (numbered ? 3 : 2))
      .map((one) => one.text)
      .join(" ");
    const span = Number.isInteger(count) && count < 1000 ? relativeSpan(which, count, unit, now, text) : undefined;
    if (span) return { span, length: numbered ? 3 : 2 };
  }
  if (isYear(token)) return { span: year(token.number), length: 1 };
  return undefined;
}

/** The year or month before this one; undefined for other spans. */
export function periodBefore(span: TimeSpan): TimeSpan | undefined {
  if (span.year !== undefined) return year(span.year - 1);
  const [from, to] = [span.from, span.to].map((one) => (one === undefined ? undefined : new Date(`${one}T00:00:00Z`)));
  if (!from || !to || from.getUTCDate() !== 1 || to.getTime() !== Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + 1, 1))
    return undefined;
  const before = day(from.getUTCFullYear(), from.getUTCMonth() - 1, 1);
  return { from: before, to: span.from, text: before.slice(0, 7), relative: false };
}

const bucketWords: Readonly<Record<string, Bucket>> = {
  year: "year",
  years: "year",
  yearly: "year",
  annual: "year",
  annually: "year",
  month: "month",
  months: "month",
  monthly: "month",
  quarter: "quarter",
  quarters: "quarter",
  quarterly: "quarter",
  day: "day",
  days: "day",
  daily: "day",
  date: "day",
  "calendar month": "calendar-month",
  "month of the year": "calendar-month",
  "months of the year": "calendar-month",
  "day of the week": "weekday",
  "days of the week": "weekday",
  weekday: "weekday",
  weekdays: "weekday",
  decade: "decade",
  decades: "decade",
};

/** The unit of time a word or phrase names: "per month", "monthly", "day of the week". */
export function bucketOf(word: string): Bucket | undefined {
  return Object.hasOwn(bucketWords, word) ? bucketWords[word] : undefined;
}
