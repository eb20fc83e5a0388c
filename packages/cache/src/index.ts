export { semanticCache, type SemanticCache, type SemanticCacheOptions } from "./semantic-cache.ts";
export type { CacheReport, NearMiss } from "./tally.ts";
export { vectorIndex, type VectorIndexOptions } from "./vectors/vector-index.ts";
export { warmer, type Warmer, type WarmerOptions, type WarmerReport } from "./warmer.ts";
export { tieredStore, type TieredStore, type TieredStoreOptions } from "./tiered-store.ts";
export { withWarming, type WarmOrchestrator } from "./with-warming.ts";
