import type { Backend } from "../backend.ts";
import type { Limits } from "../limits.ts";
import type { PolicyOptions } from "../policy/operator-policy.ts";
import type { DocumentIndex } from "../search/document-index.ts";

/** What the tools work with. */
export interface Services {
  backend: Backend;
  documents: DocumentIndex;
  /** Reads the documents that come with the data again; those added by `add-document` stay. */
  reloadDocuments: (signal: AbortSignal) => Promise<void>;
  /** The one database the tools serve. */
  database: string;
  readOnly: boolean;
  limits: Limits;
  policy: PolicyOptions;
  usage: { startedAt: number; calls: number; failures: number };
}
