// What a host application does with the published packages: compiled by its own TypeScript, run by plain Node.
import { type QueryResult, createOrchestrator } from "@hydrogenai/core";
import { configFromEnv } from "@hydrogenai/core/config";
import { scriptedProvider } from "@hydrogenai/core/testing";
import { mcpTools } from "@hydrogenai/providers/mcp";

const orchestrator = createOrchestrator({ providers: [scriptedProvider("Hello there")] });
const result: QueryResult = await orchestrator.query("Say hello");
await orchestrator.close();
if (result.text !== "Hello there" || configFromEnv({}).port !== 8000 || typeof mcpTools !== "function")
  throw new Error("the installed packages do not work");
console.log("the installed packages compile and answer");
