import type { JsonObject } from "../ports/json.ts";
import type { Field } from "./catalog.ts";
import type { Bucket } from "./query-plan.ts";

/** The value at `path` as a date, whatever it is stored as; null when it is none. */
export function asDate(path: string, field: Field | undefined): JsonObject | string {
  if (field?.storage === "date") return path;
  const text = field?.storage === "iso-text" ? { $substrBytes: [{ $ifNull: [path, ""] }, 0, 10] } : path;
  return { $convert: { input: text, to: "date", onError: null, onNull: null } };
}

/** The same with its time of day. */
export function asMoment(path: string, field: Field | undefined): JsonObject | string {
  return field?.storage === "date" ? path : { $convert: { input: path, to: "date", onError: null, onNull: null } };
}

const monthNames = "January February March April May June July August September October November December".split(" ");

/** The bucket of time a value falls in: `2023`, `2023-Q1`, `2023-04`, `2023-04-01`, `Monday`, `April`, `1990`. */
export function bucketExpression(bucket: Bucket, path: string, field: Field | undefined): JsonObject | string {
  if (field?.type === "integer" || field?.type === "number") {
    if (bucket !== "decade") return path;
    return { $subtract: [path, { $mod: [path, 10] }] };
  }
  const date = asDate(path, field);
  const part = (name: string): JsonObject => ({ [name]: date });
  const year = part("$year");
  const text = (format: string): JsonObject => ({ $dateToString: { date, format, onNull: null } });
  const present = (value: JsonObject): JsonObject => ({ $cond: [{ $eq: [{ $ifNull: [date, null] }, null] }, null, value] });
  switch (bucket) {
    case "year":
      return present(year);
    case "decade":
      return present({ $subtract: [year, { $mod: [year, 10] }] });
    case "month":
      return present(text("%Y-%m"));
    case "day":
      return present(text("%Y-%m-%d"));
    case "quarter":
      return present({ $concat: [text("%Y"), "-Q", { $toString: { $toInt: { $ceil: { $divide: [part("$month"), 3] } } } }] });
    case "calendar-month":
      return present({ $arrayElemAt: [[...monthNames], { $subtract: [part("$month"), 1] }] });
    case "weekday":
      return present({
        $arrayElemAt: [
          ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"],
          { $subtract: [part("$dayOfWeek"), 1] },
        ],
      });
  }
}
