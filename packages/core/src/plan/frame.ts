import type { Collection } from "./catalog.ts";
import type { ChosenField } from "./context.ts";
import type { Dimension } from "./lexicon.ts";
import type { Bucket, Comparison, Literal } from "./query-plan.ts";
import type { TimeSpan } from "./times.ts";

/** Something the question counts, measures, groups by or lists. */
export type Thing =
  | { readonly kind: "entity"; readonly collection: Collection; readonly unit: number }
  | { readonly kind: "field"; readonly chosen: ChosenField; readonly unit: number };

/** A number the question asks for or ranks by. */
export type Wanted =
  | { readonly kind: "count"; readonly thing: Thing }
  | {
      readonly kind: "aggregate";
      readonly fn: "sum" | "avg" | "min" | "max" | "median";
      readonly chosen: ChosenField;
      /** A date: the days from it to the chosen one. */
      readonly since?: ChosenField | undefined;
    }
  | {
      readonly kind: "trade";
      readonly of: "money" | "units";
      readonly fn: "sum" | "avg" | "min" | "max" | "median";
      /** What the deed is kept in: orders for "sold". */
      readonly hint?: Collection | undefined;
    }
  /** A percentage of the rows, or of the sum of something over them. */
  | { readonly kind: "share"; readonly of?: Extract<Wanted, { kind: "aggregate" | "trade" }> | undefined };

/** What rows or groups are ranked by. `rows`: by how many rows hold it, as in "most common". */
type RankBy =
  | Wanted
  | { readonly kind: "dimension"; readonly dimension: Dimension }
  | { readonly kind: "field"; readonly chosen: ChosenField }
  | { readonly kind: "rows" };

/** A filter before it is known from where the rows are taken. */
export interface FilterReading {
  readonly unit: number;
  readonly negated: boolean;
  readonly test:
    | { readonly kind: "values"; readonly chosen: ChosenField; readonly values: readonly Literal[]; readonly exact: boolean }
    | { readonly kind: "compare"; readonly chosen: ChosenField; readonly op: Comparison; readonly value: Literal }
    | {
        readonly kind: "text";
        readonly chosen: ChosenField;
        readonly match: "contains" | "starts" | "ends" | "equals";
        readonly text: string;
      }
    | { readonly kind: "fields"; readonly chosen: ChosenField; readonly op: Comparison; readonly other: ChosenField }
    | { readonly kind: "missing"; readonly chosen: ChosenField }
    | { readonly kind: "versus"; readonly chosen: ChosenField; readonly op: Comparison }
    | {
        readonly kind: "time";
        readonly span: TimeSpan;
        readonly relation: "in" | "before" | "after" | "since" | "through";
        readonly chosen?: ChosenField | undefined;
      }
    /** Has partners in this collection; with the sale of a thing where it was "sold" or "bought". */
    | { readonly kind: "partners"; readonly collection: Collection };
  /** "from" or "to", where it says which of two like fields is meant. */
  readonly cue?: string | undefined;
  /** The key field through which the value was named: "reports to", "support rep". */
  readonly through?: ChosenField | undefined;
  /** Of a share: says which part is meant, where other conditions say of what. */
  readonly part?: boolean | undefined;
  /** Other fields the value occurs in. */
  readonly alternatives?: readonly ChosenField[] | undefined;
}

/** How something changed, rather than what it is. */
export interface Growth {
  readonly word: "growth" | "increase" | "decrease" | "change" | "difference";
  /** Both where the question does not say. */
  readonly unit: "absolute" | "percent" | undefined;
  /** The spans compared, the earlier first; without them each period is compared with the one before. */
  readonly spans?: readonly [TimeSpan, TimeSpan] | undefined;
  /** The date the spans are of. */
  readonly chosen?: ChosenField | undefined;
  /** Values of one field that are compared instead of spans of time. */
  readonly values?: readonly [FilterReading, FilterReading] | undefined;
  /** The highest and the lowest are compared. */
  readonly isRange?: boolean | undefined;
  /** Ranked by the change. */
  readonly rank?: "asc" | "desc" | undefined;
}

/** What the planner understood, before it becomes a plan. */
export interface Frame {
  readonly ask: "count" | "list" | "exists" | "plain";
  readonly who: boolean;
  readonly target?: Thing | undefined;
  readonly wanted?: Wanted | undefined;
  /** "average number of tracks per album": the measure is taken again over the groups. */
  readonly over?: "avg" | "min" | "max" | "sum" | "median" | undefined;
  readonly groups: readonly { readonly thing?: Thing | undefined; readonly bucket?: Bucket | undefined; readonly unit: number }[];
  readonly filters: readonly FilterReading[];
  readonly having: readonly { readonly op: Comparison; readonly value: number | "average"; readonly of: Wanted }[];
  readonly rank?: { readonly direction: "asc" | "desc"; readonly by: RankBy } | undefined;
  readonly growth?: Growth | undefined;
  readonly sort?:
    | { readonly direction: "asc" | "desc"; readonly by?: Wanted | { readonly kind: "field"; readonly chosen: ChosenField } | undefined }
    | undefined;
  readonly limit?: number | undefined;
  /** How many to pass over before the first: 1 for "the second highest". */
  readonly offset?: number | undefined;
  readonly distinct: boolean;
  /** "no", "without" or "never" rather than "not". */
  readonly lacking: boolean;
  /** Fields and things to show. */
  readonly shown: readonly Thing[];
  /** Further measures asked for beside `wanted`. */
  readonly extra: readonly Wanted[];
  /** Words that say which end of a journey a collection stands for. */
  readonly cues: readonly { readonly cue: string; readonly collection: Collection }[];
  /** Collections named in passing: "movies in the catalogue of films". */
  readonly mentioned: readonly Collection[];
  /** How much of the question found a place, in words. */
  readonly explained: number;
  readonly unexplained: readonly string[];
}
