export { tieredStore, type TieredStore, type TieredStoreOptions } from "./tiered-store.ts";
