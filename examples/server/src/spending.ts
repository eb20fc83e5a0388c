import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { OrchestratorError, type OrchestratorOptions } from "@hydrogenai/core";
import { type ServiceSettings, parseSpending, problemText } from "@hydrogenai/core/config";
import { redisBudgetStore, redisRateLimiter } from "@hydrogenai/transport-redis";
import { ownConfig } from "./workflow-files.ts";

type Spending = Pick<OrchestratorOptions, "budgets" | "rateLimits" | "maxOutputTokens" | "budgetStore" | "rateLimiter" | "failover">;

/** The text of the file; undefined where there is none. */
async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new OrchestratorError("CONFIG_INVALID", `${file} cannot be read`, { cause: error });
  }
}

/**
 * Budgets and rate limits of `spending.yaml` in the folder of files; none where there is no such file. They are counted in Redis where it is
 * named, and then there alone. A limit nobody could read would hold nobody, so that a broken file rejects with `CONFIG_INVALID`.
 */
export async function spending({ configDir = ownConfig, redisUrl }: ServiceSettings): Promise<Spending> {
  const file = join(configDir, "spending.yaml");
  const text = await textOf(file);
  if (text === undefined) return {};
  const parsed = parseSpending(text, file);
  if ("problems" in parsed) throw new OrchestratorError("CONFIG_INVALID", parsed.problems.map(problemText).join("; "));
  const { budgets = [], rateLimits = [], maxOutputTokens, prices, unknownPrice } = parsed.value;
  return {
    budgets,
    rateLimits,
    maxOutputTokens,
    failover: { prices, unknownPrice },
    ...(redisUrl !== undefined && budgets.length > 0 && { budgetStore: redisBudgetStore({ redis: redisUrl }) }),
    ...(redisUrl !== undefined && rateLimits.length > 0 && { rateLimiter: redisRateLimiter({ redis: redisUrl }) }),
  };
}
