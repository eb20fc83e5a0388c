import type { JsonDocument } from "../backend.ts";

/** How a call to the database may end early. */
export interface DriverOptions {
  signal: AbortSignal;
  maxTimeMS: number;
}

/** Documents one by one, or the plan for finding them. */
export interface DriverCursor extends AsyncIterable<JsonDocument> {
  close(): Promise<void>;
  explain(verbosity: "executionStats"): Promise<JsonDocument>;
}

export interface DriverIndex {
  key: Record<string, unknown>;
  name?: string;
  unique?: boolean;
}

/** What is used of a collection of the official driver. */
export interface DriverCollection {
  find(
    filter: JsonDocument,
    options: DriverOptions & { projection?: JsonDocument; sort?: Record<string, 1 | -1>; skip?: number; limit?: number },
  ): DriverCursor;
  aggregate(pipeline: JsonDocument[], options: DriverOptions): DriverCursor;
  countDocuments(filter: JsonDocument, options: DriverOptions): Promise<number>;
  indexes(): Promise<DriverIndex[]>;
  createIndex(keys: Record<string, 1 | -1>, options: { name?: string }): Promise<string>;
}

/** What is used of a database of the official driver: the seam at which the mapping is tested. */
export interface DriverDatabase {
  collection(name: string): DriverCollection;
  collectionNames(signal: AbortSignal): Promise<string[]>;
  command(command: JsonDocument, options: DriverOptions): Promise<JsonDocument>;
}
