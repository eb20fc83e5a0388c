import type { Json } from "./json.ts";

/** A CloudEvents 1.0 envelope in JSON, as it stands on the bus and in the log. */
export interface OrchestratorEvent {
  readonly specversion: "1.0";
  /** Unique for ever; bus, log and handlers drop a second event of the same id. */
  readonly id: string;
  /** Who said so, such as `/orchestrator/host-1`. */
  readonly source: string;
  /** Dotted, in the past tense: `query.answered`. */
  readonly type: string;
  /** What it is about (a query, run or session id); events of one subject keep their order. */
  readonly subject?: string | undefined;
  /** RFC 3339, UTC. */
  readonly time: string;
  readonly datacontenttype: "application/json";
  readonly data: Json;
  /** The query that caused it. */
  readonly correlationid?: string | undefined;
  readonly tenant?: string | undefined;
}
