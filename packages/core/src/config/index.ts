export { type ServiceSettings, type VendorSettings, configFromEnv } from "./env.ts";
export { type Parsed, fileSchemas, loadAgents, loadWorkflows, parseAgent, parseSpending, parseWorkflow } from "./load-files.ts";
export { type SpendingSettings } from "./spending-file.ts";
export { type FileProblem, problemText } from "./yaml-file.ts";
