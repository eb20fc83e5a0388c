import { createRequire } from "node:module";
import { type Question, asFraction, list, other, ranking, simple, table } from "../question.ts";
import { type Row, count, find, highest, per, str, where } from "../rows.ts";

const require = createRequire(import.meta.url);

type Currencies = Readonly<Record<"currencies" | "countries", readonly Row[]>>;

/** The currencies of the world, and which country uses which. */
export function readCurrencies(): Currencies {
  const all = require("currency-codes/data") as readonly (Row & { readonly countries: readonly string[] })[];
  return {
    currencies: all.map(({ code, number, digits, currency }) => ({ code, number, digits, name: currency })),
    countries: all.flatMap(({ code, countries }) => countries.map((country) => ({ country, currency_code: code }))),
  };
}

const nameOf = (d: Currencies, code: unknown): string[] => [str(find(d.currencies, "code", code), "name"), String(code)];
const users = (d: Currencies): [string | number, number][] => per(d.countries, "currency_code", count);
const using = (d: Currencies, code: string): readonly Row[] => where(d.countries, "currency_code", code);
const digits = (d: Currencies, n: number): readonly Row[] => where(d.currencies, "digits", n);
const named = (d: Currencies, rows: readonly Row[]) => list(rows.map((row) => nameOf(d, row["code"])));
const twoDigits = (d: Currencies): number => (100 * digits(d, 2).length) / d.currencies.length;

export const currencyQuestions: readonly Question<Currencies>[] = [
  simple("How many currencies are there?", (d) => d.currencies.length),
  simple("What's the code of the Afghani?", (d) => str(find(d.currencies, "name", "Afghani"), "code")),
  simple("Which currencies have no decimal digits?", (d) => named(d, digits(d, 0))),
  simple("how many currencies have 3 digits", (d) => digits(d, 3).length),
  simple("Which currency has the code CHF?", (d) => str(find(d.currencies, "code", "CHF"), "name")),
  simple("currencies with Dollar in their name", (d) =>
    named(
      d,
      d.currencies.filter((c) => str(c, "name").includes("Dollar")),
    ),
  ),
  simple("Which countries use EUR?", (d) => list(using(d, "EUR").map((row) => str(row, "country")))),
  simple("How many countries use the currency code USD?", (d) => using(d, "USD").length),
  simple("What is the number of the Yen?", (d) => str(find(d.currencies, "name", "Yen"), "number")),
  simple("List the currencies whose code starts with X", (d) =>
    named(
      d,
      d.currencies.filter((c) => str(c, "code").startsWith("X")),
    ),
  ),

  other("Which five currencies are used by the most countries?", (d) =>
    ranking(highest(users(d), 5).map(([code, n]) => [nameOf(d, code), n])),
  ),
  other("How many countries use the Euro?", (d) => using(d, "EUR").length),
  other("number of currencies per number of digits", (d) => table(per(d.currencies, "digits", count))),
  other("What percentage of the currencies has two digits?", twoDigits, asFraction(twoDigits)),
  other("Which currencies are used in more than 5 countries?", (d) =>
    list(users(d).flatMap(([code, n]) => (n > 5 ? [nameOf(d, code)] : []))),
  ),
  other("Which countries have more than one currency?", (d) =>
    list(per(d.countries, "country", count).flatMap(([country, n]) => (n > 1 ? [country] : []))),
  ),
  other("What is the currency of Iceland called?", (d) => nameOf(d, find(d.countries, "country", "Iceland")["currency_code"])[0]!),
  other("How many currencies are used in just one country?", (d) => users(d).filter(([, n]) => n === 1).length),
  other("How many more countries use the Euro than the US Dollar?", (d) => using(d, "EUR").length - using(d, "USD").length),
  other("Average number of countries per currency", (d) => d.countries.length / d.currencies.length),
];
