import type { Field } from "./catalog.ts";
import { months } from "./lexicon.ts";
import type { Bucket } from "./query-plan.ts";
import type { SqlDialect } from "./sql-conditions.ts";

/** The unit of time a value falls in, as SQL. */
export function bucketSql(bucket: Bucket, value: string, field: Field | undefined, dialect: SqlDialect): string {
  if (field?.type === "integer" || field?.type === "number") return bucket === "decade" ? `(${value} - ${value} % 10)` : value;
  if (dialect === "postgres") {
    const at = `${value}::timestamp`;
    const year = `CAST(EXTRACT(YEAR FROM ${at}) AS INTEGER)`;
    return {
      year,
      decade: `(${year} - ${year} % 10)`,
      month: `to_char(${at}, 'YYYY-MM')`,
      day: `to_char(${at}, 'YYYY-MM-DD')`,
      quarter: `to_char(${at}, 'YYYY-"Q"Q')`,
      weekday: `trim(to_char(${at}, 'Day'))`,
      "calendar-month": `trim(to_char(${at}, 'Month'))`,
    }[bucket];
  }
  const year = `CAST(strftime('%Y', ${value}) AS INTEGER)`;
  const names = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
    .map((name, index) => ` WHEN '${index}' THEN '${name}'`)
    .join("");
  const monthNames = months
    .map((name, index) => ` WHEN '${String(index + 1).padStart(2, "0")}' THEN '${name.replace(/^./, (letter) => letter.toUpperCase())}'`)
    .join("");
  return {
    year,
    decade: `(${year} - ${year} % 10)`,
    month: `strftime('%Y-%m', ${value})`,
    day: `strftime('%Y-%m-%d', ${value})`,
    quarter: `strftime('%Y', ${value}) || '-Q' || ((CAST(strftime('%m', ${value}) AS INTEGER) + 2) / 3)`,
    weekday: `CASE strftime('%w', ${value})${names} END`,
    "calendar-month": `CASE strftime('%m', ${value})${monthNames} END`,
  }[bucket];
}

/** The days from one moment to another, with fractions; nothing where one of them is none. */
export function daysSql(from: string, to: string, dialect: SqlDialect): string {
  return dialect === "postgres"
    ? `(EXTRACT(EPOCH FROM (${to}::timestamp - ${from}::timestamp)) / 86400.0)`
    : `(julianday(${to}) - julianday(${from}))`;
}
