import { type Warmer, withWarming } from "@hydrogenai/cache";
import { type Orchestrator, OrchestratorError, type OrchestratorOptions, type Provider, createOrchestrator } from "@hydrogenai/core";
import type { ServiceSettings } from "@hydrogenai/core/config";
import { type DataTools, createDataTools } from "@hydrogenai/data-tools";
import { anthropic } from "@hydrogenai/providers/anthropic";
import { groq } from "@hydrogenai/providers/groq";
import { mcpTools } from "@hydrogenai/providers/mcp";
import { openai } from "@hydrogenai/providers/openai";
import { workflowFiles } from "./workflow-files.ts";
import { keepWorking, queuedRuns } from "./queued-runs.ts";
import { spending } from "./spending.ts";
import { stores } from "./stores.ts";

/** The orchestrator of this service, what it was wired from, and how to close what it does not own. */
export interface Wiring {
  readonly orchestrator: Orchestrator;
  /** Its cache, to look into; absent when another was given. */
  readonly cache: ReturnType<typeof stores>["cache"] | undefined;
  /** What makes answers anew before they are asked for; absent unless the settings allow it. */
  readonly warmer: Warmer | undefined;
  readonly configured: { readonly redis: boolean; readonly nats: boolean; readonly providers: readonly string[]; readonly mcp: string };
  /** What is wrong with files of workflows and agents; each is left out, and the built-in one of its name answers. */
  readonly problems: readonly string[];
  readonly close: () => Promise<void>;
}

/** The vendors with a key, the fastest and cheapest first. */
function modelVendors({ groq: first, openai: second, anthropic: third }: ServiceSettings): Provider[] {
  return [
    ...(first === undefined ? [] : [groq({ apiKey: first.apiKey, model: first.model ?? "llama-3.1-8b-instant" })]),
    ...(second === undefined ? [] : [openai({ apiKey: second.apiKey, model: second.model ?? "gpt-4o-mini" })]),
    ...(third === undefined ? [] : [anthropic({ apiKey: third.apiKey, model: third.model ?? "claude-haiku-4-5" })]),
  ];
}

/** Files are read now, so that a broken one is told at the start; a database is reached when it is first asked. */
async function readFiles(dataTools: DataTools): Promise<void> {
  await dataTools.ready().catch(async (error: unknown) => {
    await dataTools.close();
    throw new OrchestratorError("CONFIG_INVALID", error instanceof Error ? error.message : String(error), { cause: error });
  });
}

/**
 * Everything embedded unless the settings name the real thing. No other server is connected yet. Rejects with `CONFIG_INVALID` when
 * a data file or `spending.yaml` cannot be read.
 */
export async function wire(settings: ServiceSettings, overrides: OrchestratorOptions = {}): Promise<Wiring> {
  const dataTools =
    settings.mcpServerUrl === undefined
      ? createDataTools({ dataDir: settings.dataDir, mongoUri: settings.mongoUri, readOnly: !settings.allowWrites })
      : undefined;
  if (dataTools !== undefined && settings.mongoUri === undefined) await readFiles(dataTools);
  const providers = modelVendors(settings);
  const tools = mcpTools(
    dataTools === undefined ? { name: "mcp", url: settings.mcpServerUrl! } : { name: "mcp", transport: () => dataTools.connect() },
  );
  const limits = await spending(settings);
  const { problems, ...files } = await workflowFiles(settings.configDir);
  const kept = stores(settings);
  const cold = createOrchestrator({
    ...files,
    ...kept,
    ...queuedRuns(settings),
    ...limits,
    providers,
    tools: [tools],
    limits: settings.queryTimeoutMs === undefined ? {} : { deadlineMs: settings.queryTimeoutMs },
    ttlMs: {
      ...(settings.resultTtlMs === undefined
        ? {}
        : { simple: settings.resultTtlMs, complex: settings.resultTtlMs, rag: settings.resultTtlMs }),
      ...(settings.schemaTtlMs === undefined ? {} : { schema: settings.schemaTtlMs }),
    },
    ...overrides,
  });
  const { warming } = settings;
  const warm = warming && withWarming(cold, { ...warming, ttlMs: settings.resultTtlMs || undefined, state: kept.state });
  const orchestrator = warm ?? cold;
  const stopWorking = keepWorking(orchestrator);
  return {
    orchestrator,
    cache: overrides.cache === undefined ? kept.cache : undefined,
    warmer: warm?.warmer,
    configured: {
      redis: settings.redisUrl !== undefined,
      nats: settings.natsUrl !== undefined,
      providers: providers.map(({ name }) => name),
      mcp: settings.mcpServerUrl ?? settings.mongoUri?.replace(/\/\/.*@/, "//") ?? settings.dataDir ?? "sample data",
    },
    problems,
    async close() {
      stopWorking();
      await orchestrator.close();
      await dataTools?.close();
    },
  };
}
