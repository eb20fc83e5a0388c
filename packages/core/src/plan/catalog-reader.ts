import type { CallOptions } from "../ports/call.ts";
import type { Field, Relation } from "./catalog.ts";

/** A field as the source declares it, before its values were looked at. */
export interface DeclaredField {
  readonly name: string;
  readonly type: Field["type"];
  readonly description?: string | undefined;
  readonly storage?: Field["storage"];
  /** Where the source says so itself; otherwise it is found out. */
  readonly nullable?: boolean | undefined;
  readonly unique?: boolean | undefined;
}

/** A collection as the source declares it. */
export interface DeclaredCollection {
  readonly name: string;
  readonly description?: string | undefined;
  readonly fields: readonly DeclaredField[];
  readonly relations: readonly Relation[];
}

/** What is true of all rows of a field. */
export interface FieldStatistics {
  readonly present: number;
  readonly min?: number | string | undefined;
  readonly max?: number | string | undefined;
  /** Names of the types the values are stored as, without null. */
  readonly types: readonly string[];
}

/** The few questions a catalog is built from; one reader for each query language. */
export interface CatalogReader {
  readonly collections: (options?: CallOptions) => Promise<readonly DeclaredCollection[]>;
  readonly statistics: (
    collection: string,
    fields: readonly DeclaredField[],
    options?: CallOptions,
  ) => Promise<{ readonly count: number; readonly fields: readonly FieldStatistics[] }>;
  /** Distinct values with their counts in a fixed order, from the `skip`th. `last` is true when there are surely no more. */
  readonly groups: (
    collection: string,
    field: DeclaredField,
    page: { readonly skip: number; readonly limit: number },
    options?: CallOptions,
  ) => Promise<{ readonly values: readonly { readonly value: unknown; readonly count: number }[]; readonly last: boolean }>;
  readonly hasDuplicates: (collection: string, field: string, options?: CallOptions) => Promise<boolean>;
  /** True when every value of the first field occurs in the second. */
  readonly contained: (from: Relation["from"], to: Relation["to"], options?: CallOptions) => Promise<boolean>;
  /** Values of a text field equal to the phrase, or holding it as words; case ignored. */
  readonly probe: (collection: string, field: string, phrase: string, options?: CallOptions) => Promise<readonly string[]>;
}
