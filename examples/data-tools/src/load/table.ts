import type { JsonDocument, SkippedFile } from "../backend.ts";

/** A key of this table that names rows of another. */
export interface ForeignKey {
  field: string;
  collection: string;
  target: string;
}

/** A loaded collection: its rows, and what its own description says about it. */
export interface Table {
  name: string;
  file: string;
  rows: JsonDocument[];
  description?: string;
  fieldDescriptions: ReadonlyMap<string, string>;
  foreignKeys: readonly ForeignKey[];
}

/** A text to be searched, as it was found. */
export interface SourceDocument {
  id: string;
  title: string;
  text: string;
  source?: string;
}

/** Everything read from one place. `skipped` is empty unless leaving broken files out was asked for. */
export interface LoadedData {
  source: string;
  tables: Table[];
  documents: SourceDocument[];
  skipped: SkippedFile[];
}
