export { type ServiceSettings, type VendorSettings, configFromEnv } from "./env.ts";
