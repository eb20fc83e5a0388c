/** A literal of a plan. Data always, never an operator. */
export type Literal = string | number | boolean;

/** A field of the root collection, or of the join named `via`. */
export interface FieldRef {
  readonly field: string;
  readonly via?: string | undefined;
}

/** Follows a many-to-one relation; a row without a partner stays, with nothing joined. */
export interface Join {
  /** Name of this join in the plan. */
  readonly as: string;
  /** The join it starts from; the root collection when absent. */
  readonly via?: string | undefined;
  readonly field: string;
  readonly to: string;
  readonly toField: string;
}

/** How two values are compared. */
export type Comparison = "=" | "!=" | ">" | ">=" | "<" | "<=";

/** A step from one collection to another inside `exists`; each may have one or many partners. */
export interface Hop {
  readonly field: string;
  readonly to: string;
  readonly toField: string;
}

/** What a row must meet. A missing value meets no comparison, not even `!=` with `strict`. */
export type Condition =
  | { readonly kind: "compare"; readonly field: FieldRef; readonly op: Comparison; readonly value: Literal }
  | { readonly kind: "in"; readonly field: FieldRef; readonly values: readonly Literal[]; readonly negated?: boolean }
  | {
      readonly kind: "text";
      readonly field: FieldRef;
      readonly match: "contains" | "starts" | "ends" | "equals";
      readonly text: string;
      readonly negated?: boolean;
    }
  | { readonly kind: "missing"; readonly field: FieldRef; readonly negated?: boolean }
  /** From the start of day `from` to before the start of day `to`; ISO days or moments. */
  | { readonly kind: "dates"; readonly field: FieldRef; readonly from?: string; readonly to?: string; readonly negated?: boolean }
  | { readonly kind: "calendar"; readonly field: FieldRef; readonly part: "month" | "weekday"; readonly value: number }
  /** One field of a row compared with another of it, or of what it points at. */
  | { readonly kind: "fields"; readonly field: FieldRef; readonly op: Comparison; readonly other: FieldRef }
  /** Above or below the average (or other value) of the field over all rows of its collection. */
  | { readonly kind: "versus"; readonly field: FieldRef; readonly op: Comparison; readonly fn: "avg" | "min" | "max" }
  | { readonly kind: "any"; readonly conditions: readonly Condition[] }
  | { readonly kind: "all"; readonly conditions: readonly Condition[] }
  /** The number of partners at the end of `path` that meet `where` compared with a number. Fields in `where` name hops as `via: "0"`, `"1"`, …. */
  | {
      readonly kind: "related";
      readonly path: readonly Hop[];
      readonly where: readonly Condition[];
      readonly op: Comparison;
      readonly count: number;
    };

/** A unit of time rows are grouped by. */
export type Bucket = "year" | "quarter" | "month" | "day" | "decade" | CyclicBucket;

/** A unit of time that comes again: rows of every year are in one. */
export type CyclicBucket = "weekday" | "calendar-month";

/** True for units of time of which none comes before another. */
export const isCyclic = (bucket: Bucket | undefined): bucket is CyclicBucket => bucket === "weekday" || bucket === "calendar-month";

/** A key rows are grouped by. */
export interface GroupKey {
  /** Name of the column. */
  readonly as: string;
  readonly field: FieldRef;
  readonly bucket?: Bucket | undefined;
}

/** What is computed over rows. `share` is a percentage. */
type MeasureFunction = "count" | "countDistinct" | "sum" | "avg" | "min" | "max" | "median" | "share";

/** A number computed over the rows, or over each group of them. */
export interface Measure {
  /** Name of the column. */
  readonly as: string;
  readonly fn: MeasureFunction;
  /** What is computed over; absent for `count`, and for a `share` of rows. */
  readonly of?: FieldRef | undefined;
  /** Multiplied with `of` row by row, for sums of price times quantity. */
  readonly times?: FieldRef | undefined;
  /** A date: measured are the days from it to the date `of`, with fractions. Rows that lack one of the two are passed over. */
  readonly since?: FieldRef | undefined;
  /**
   * Only rows that meet this are measured. `share`: the percentage they are of the rows, or of the sum of `of`; without it, each
   * group's percentage of the whole.
   */
  readonly where?: readonly Condition[] | undefined;
}

/** How much a column differs from another one, or from itself one group before; null where there is nothing before. */
export interface Difference {
  /** Name of the column. */
  readonly as: string;
  /** The measure that is compared. */
  readonly of: string;
  /** The measure it is compared with; absent: the same one in the group before, in the order of the first key that is a unit of time, within the other keys. */
  readonly from?: string | undefined;
  /** `percent`: of what it is compared with. */
  readonly unit: "absolute" | "percent";
}

/** Compares a measure of a group with a number, or with the average of that measure over all groups. */
interface Having {
  readonly measure: string;
  readonly op: Comparison;
  readonly value: number | "average";
}

/** Sorts by a column of the result (`column`) or, when nothing is grouped, by a field. */
export interface OrderBy {
  readonly column?: string | undefined;
  readonly field?: FieldRef | undefined;
  readonly direction: "asc" | "desc";
}

/** A column of an ungrouped result. */
export interface SelectedField {
  readonly as: string;
  readonly field: FieldRef;
  readonly bucket?: Bucket | undefined;
}

/**
 * A question over the data as plain JSON: which rows, grouped how, measured how, in what order.
 *
 * Grouped or measured when `measures` is not empty; otherwise rows of `from` with the fields in `select`.
 */
export interface QueryPlan {
  readonly from: string;
  readonly joins: readonly Join[];
  readonly where: readonly Condition[];
  readonly groupBy: readonly GroupKey[];
  readonly measures: readonly Measure[];
  readonly having: readonly Having[];
  /** Columns computed from measures, after `having`. */
  readonly differences?: readonly Difference[] | undefined;
  /** One more computation over the groups: how many there are, or the average of a measure over them. */
  readonly rollup?:
    | { readonly fn: "count" | "avg" | "sum" | "min" | "max" | "median"; readonly of?: string; readonly as: string }
    | undefined;
  readonly select: readonly SelectedField[];
  /** True to drop rows that repeat. */
  readonly distinct: boolean;
  readonly orderBy: readonly OrderBy[];
  /** Columns (keys, or what is selected): `limit` and `offset` count anew for each of their values. Only with `limit` and `orderBy`. */
  readonly per?: readonly string[] | undefined;
  /** Rows to return; all when absent. */
  readonly limit?: number | undefined;
  /** Rows to pass over before the first one returned; only with `limit`. */
  readonly offset?: number | undefined;
}

/** The place of the key whose order says which group comes before another: the first unit of time, else the first key. */
export function previousKey({ groupBy }: QueryPlan): number {
  return Math.max(
    0,
    groupBy.findIndex((key) => key.bucket !== undefined && !isCyclic(key.bucket)),
  );
}
