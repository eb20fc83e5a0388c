export { createDataTools, type DataTools, type DataToolsOptions } from "./data-tools.ts";
export { DataToolsError, type DataToolsErrorCode } from "./errors.ts";
export type { Limits } from "./limits.ts";
export { hashEmbedder, type Embedder, type HashEmbedderOptions } from "./search/embedder.ts";
export type { HttpListener, ListenOptions } from "./serve-http.ts";
