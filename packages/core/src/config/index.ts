export { type ServiceSettings, type VendorSettings, configFromEnv } from "./env.ts";
export { type Parsed, fileSchemas, loadAgents, loadWorkflows, parseAgent, parseWorkflow } from "./load-files.ts";
export { type FileProblem, problemText } from "./yaml-file.ts";
