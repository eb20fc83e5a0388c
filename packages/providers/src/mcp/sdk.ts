import { OrchestratorError } from "@hydrogenai/core";
import type * as client from "@modelcontextprotocol/client";

/** The MCP client library, an optional peer. */
export type Sdk = typeof client;

const isMissing = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND";

/** Loads the client library on first use; rejects with `MISSING_DEPENDENCY` when it is not installed. */
export async function loadSdk(): Promise<Sdk> {
  try {
    return await import("@modelcontextprotocol/client");
  } catch (cause) {
    if (!isMissing(cause)) throw cause;
    throw new OrchestratorError(
      "MISSING_DEPENDENCY",
      "tools over MCP need an optional package: npm install @modelcontextprotocol/client@^2.4.0",
      { cause },
    );
  }
}
