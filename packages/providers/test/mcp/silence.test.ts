import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { toolCaller } from "../../src/mcp/call-tool.ts";
import type { Connection } from "../../src/mcp/connection.ts";
import { connectionKeeper } from "../../src/mcp/connection-keeper.ts";
import { relister } from "../../src/mcp/relister.ts";
import { toolCatalog } from "../../src/mcp/tool-catalog.ts";
import type { ToolList } from "../../src/mcp/tool-list.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const tool = { name: "work", description: "Works", inputSchema: { type: "object" }, readOnly: true, idempotent: true };

/** A server that connects, and from then on never answers again. */
async function silentServer() {
  const never = <T>(signal: AbortSignal): Promise<T> =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  const connection: Connection = {
    server: () => "silent 1",
    list: (_timeoutMs, signal) => never<ToolList>(signal),
    call: (_tool, _params, signal) => never(signal),
    retire: vi.fn<() => void>(),
    close: () => Promise.resolve(),
  };
  const catalog = toolCatalog((definition) => ({ ...definition, execute: () => Promise.resolve(null) }));
  const listed = { tools: [tool], leftOut: [] };
  const keeper = connectionKeeper({
    source: "silent",
    open: () => Promise.resolve({ connection, listed }),
    limits: { connectTimeoutMs: 1_000, restartTimeoutMs: 1_000, closeTimeoutMs: 1_000 },
    onOpened: () => catalog.adopt(listed, "changes"),
    onListChanged: () => undefined,
  });
  const { relist } = relister("silent", () => keeper, catalog);
  const call = toolCaller({ source: "silent", keeper, catalog, maxResultBytes: 1_000, onSilence: () => relist("changes") });
  await keeper.connection(new AbortController().signal);
  return { connection, keeper, call };
}

it("a server that lets a call wait for long is given up when it does not even list its tools", async () => {
  const { connection, keeper, call } = await silentServer();
  const caller = new AbortController();
  const outcome = call(tool, {}, caller.signal).catch((reason: unknown) => reason);
  await vi.advanceTimersByTimeAsync(6_000);
  caller.abort("the caller gave up");
  expect(await outcome).toBe("the caller gave up");
  expect(keeper.current()).toBe(connection);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(keeper.current()).toBeUndefined();
  expect(connection.retire).toHaveBeenCalledOnce();
  expect(keeper.health()).toMatchObject({ status: "degraded", detail: expect.stringContaining("took longer than 5000 ms") });
});

it("a caller who leaves soon is no reason to doubt the server", async () => {
  const { connection, keeper, call } = await silentServer();
  const caller = new AbortController();
  const outcome = call(tool, {}, caller.signal).catch((reason: unknown) => reason);
  await vi.advanceTimersByTimeAsync(100);
  caller.abort("changed my mind");
  expect(await outcome).toBe("changed my mind");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(keeper.current()).toBe(connection);
});
