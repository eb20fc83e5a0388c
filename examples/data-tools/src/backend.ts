/** A document as it leaves a backend: plain JSON. */
export type JsonDocument = Record<string, unknown>;

/** The JSON type of a value, with ISO date strings told apart as `date` and whole numbers as `integer`. */
export type FieldType = "string" | "number" | "integer" | "boolean" | "date" | "array" | "object" | "null";

/** One field of a collection. `name` is a dotted path for nested fields; fields inside arrays of objects are named as MongoDB addresses them. */
export interface FieldSchema {
  name: string;
  types: FieldType[];
  description?: string;
  /** True when some document lacks the field or holds null. */
  nullable: boolean;
  /** True when every document has a different, non-null value. */
  unique: boolean;
}

/** A field whose values name documents of another collection (or of the same one). `declared` tells what the data says of itself from what was inferred. */
export interface Relation {
  field: string;
  collection: string;
  target: string;
  declared: boolean;
}

export interface CollectionSummary {
  name: string;
  description?: string;
  count?: number;
}

export interface CollectionSchema {
  collection: string;
  description?: string;
  count: number;
  fields: FieldSchema[];
  relations: Relation[];
  /** How many documents the fields were read from; less than `count` when a sample was taken. */
  sampled: number;
}

/** How much a result may hold. */
export interface Cap {
  rows: number;
  bytes: number;
}

/** A capped result. `json` is the text of an array of `count` documents; `total` is how many there were before the caps, when known. */
export interface Rows {
  json: string;
  count: number;
  total?: number;
  cappedBy: ("rows" | "bytes")[];
}

export interface FindRequest {
  collection: string;
  filter: JsonDocument;
  projection?: JsonDocument;
  sort?: Record<string, 1 | -1>;
  skip?: number;
  /** The query's own limit: reaching it is not a cap. */
  limit?: number;
  cap: Cap;
}

export interface AggregateRequest {
  collection: string;
  pipeline: JsonDocument[];
  cap: Cap;
}

export interface FilterRequest {
  collection: string;
  filter: JsonDocument;
}

export type ExplainRequest =
  | { collection: string; method: "find"; filter: JsonDocument; sort?: Record<string, 1 | -1>; limit?: number }
  | { collection: string; method: "count"; filter: JsonDocument }
  | { collection: string; method: "aggregate"; pipeline: JsonDocument[] };

export interface IndexRequest {
  collection: string;
  keys: Record<string, 1 | -1>;
  name?: string;
}

/** A part of the data that was left out, and why. */
export interface SkippedFile {
  file: string;
  line?: number;
  message: string;
}

interface BackendStatus {
  backend: "embedded" | "mongodb";
  /** Where the data comes from, without credentials. */
  source: string;
  skipped: SkippedFile[];
}

/**
 * The data behind the tools. Queries are checked against the operator policy before they get here.
 * Every method settles soon after `signal` aborts, with `signal.reason`; failures are DataToolsErrors.
 */
export interface Backend {
  listCollections(signal: AbortSignal): Promise<CollectionSummary[]>;
  describe(collection: string, signal: AbortSignal): Promise<CollectionSchema>;
  count(request: FilterRequest, signal: AbortSignal): Promise<number>;
  find(request: FindRequest, signal: AbortSignal): Promise<Rows>;
  aggregate(request: AggregateRequest, signal: AbortSignal): Promise<Rows>;
  explain(request: ExplainRequest, signal: AbortSignal): Promise<JsonDocument>;
  /** Creates the index unless it exists; resolves with its name. */
  createIndex(request: IndexRequest, signal: AbortSignal): Promise<string>;
  stats(signal: AbortSignal): Promise<JsonDocument>;
  /** Drops what is kept in memory and reads it again; resolves with the names of what was dropped. */
  clearCache(signal: AbortSignal): Promise<string[]>;
  status(): BackendStatus;
  close(): Promise<void>;
}
