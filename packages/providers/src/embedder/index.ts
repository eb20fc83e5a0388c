export { offlineEmbedder, type OfflineEmbedderOptions } from "./offline-embedder.ts";
