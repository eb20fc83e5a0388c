import { OrchestratorError } from "@hydrogenai/core";

const isMissing = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND";

/** Imports an optional package on first use; rejects with `MISSING_DEPENDENCY` naming what to install. */
export async function loadSdk<Sdk>(install: string, load: () => Promise<Sdk>): Promise<Sdk> {
  try {
    return await load();
  } catch (cause) {
    if (!isMissing(cause)) throw cause;
    throw new OrchestratorError("MISSING_DEPENDENCY", `this vendor needs an optional package: npm install ${install}`, { cause });
  }
}
