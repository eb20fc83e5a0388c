import type { CallToolRequest, CallToolResult, Client } from "@modelcontextprotocol/client";
import { type CallFailure, callFailure } from "./call-failure.ts";
import type { Sdk } from "./sdk.ts";
import { type ToolDefinition, type ToolList, listTools } from "./tool-list.ts";

type CallOutcome = { readonly kind: "result"; readonly result: CallToolResult } | CallFailure;

/** A server that answered, spoken to by one client. */
export interface Connection {
  /** Name and version as the server gave them. */
  readonly server: () => string;
  readonly list: (timeoutMs: number, signal: AbortSignal) => Promise<ToolList>;
  /** Calls a tool; aborting tells the server to stop. Rejects only when aborted. */
  readonly call: (tool: ToolDefinition, params: CallToolRequest["params"], signal: AbortSignal) => Promise<CallOutcome>;
  /** Closes it as soon as no call is in flight. */
  readonly retire: () => void;
  readonly close: () => Promise<void>;
}

export interface ConnectionOptions {
  readonly sdk: Sdk;
  readonly client: Client;
  readonly source: string;
  readonly maxTools: number;
  readonly close: () => Promise<void>;
}

/** The call's own deadline rules. */
const noTimeoutMs = 2 ** 31 - 1;

/** What a connection can do, given a client and how to close what it speaks through. */
export function connectionOf({ sdk, client, source, maxTools, close }: ConnectionOptions): Connection {
  let inFlight = 0;
  let isRetired = false;
  return {
    server() {
      const info = client.getServerVersion();
      return info === undefined ? source : `${info.name} ${info.version}`;
    },
    list: (timeoutMs, signal) => listTools(client, { source, maxTools, timeoutMs, signal }),
    async call({ name, inputSchema }, params, signal) {
      inFlight++;
      // The server is told that the call was given up, not why: the reason may be private.
      const cancel = new AbortController();
      const onAbort = (): void => cancel.abort("the client gave up");
      signal.addEventListener("abort", onAbort, { once: true });
      try {
        // A definition without output schema: a server's own patterns are not run over its own answers.
        const toolDefinition = { name, inputSchema: { type: "object" as const, ...inputSchema } };
        const result = await client.callTool(params, { signal: cancel.signal, timeout: noTimeoutMs, toolDefinition });
        return { kind: "result", result };
      } catch (error) {
        signal.throwIfAborted();
        return callFailure(sdk, error, name);
      } finally {
        signal.removeEventListener("abort", onAbort);
        if (--inFlight === 0 && isRetired) void close();
      }
    },
    retire() {
      isRetired = true;
      if (inFlight === 0) void close();
    },
    close,
  };
}
