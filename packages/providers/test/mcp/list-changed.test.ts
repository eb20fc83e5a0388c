import type { ToolSource } from "@hydrogenai/core";
import { describe, expect, it, vi } from "vitest";
import { fakeHttp } from "./support/fake-http.ts";
import { callTool, connect, fakeProcess } from "./support/servers.ts";

async function growsTo(source: ToolSource, name: string): Promise<void> {
  const listener = vi.fn<() => void>();
  const other = vi.fn<() => void>();
  const stop = source.onChange!(() => {
    listener();
    throw new Error("a listener's own trouble");
  });
  source.onChange!(other);
  const before = (await source.tools()).length;
  expect(listener).not.toHaveBeenCalled();

  await callTool(source, "grow", { name });
  await vi.waitFor(() => expect(listener).toHaveBeenCalledOnce(), 10_000);
  expect(other).toHaveBeenCalledOnce();
  const tools = await source.tools();
  expect(tools.map((tool) => tool.name)).toContain(name);
  expect(tools).toHaveLength(before + 1);

  stop();
  await callTool(source, "grow", { name: `${name}-too` });
  await vi.waitFor(() => expect(other).toHaveBeenCalledTimes(2), 10_000);
  expect(listener).toHaveBeenCalledOnce();
}

describe.concurrent("a server that says its tools changed", () => {
  it.concurrent("over stdio is asked again, and every listener hears of it", async () => {
    await using source = connect(fakeProcess().server);
    await growsTo(source, "late");
  });

  it.concurrent("in the 2026 revision too, where it must be asked to say so", async () => {
    await using source = connect(fakeProcess("modern").server);
    await growsTo(source, "late");
  });

  it.concurrent.each([false, true])("over Streamable HTTP too (2026 revision: %j)", async (isModern) => {
    await using server = await fakeHttp({ isModern });
    await using source = connect({ url: server.url });
    await source.tools();
    // The stream that carries it opens in the background.
    await vi.waitFor(() => expect(server.listeners()).toBe(1), 10_000);
    await growsTo(source, "late");
  });

  it.concurrent("is listed once and not again for each caller", async () => {
    const { server, happened } = fakeProcess();
    await using source = connect(server);
    await Promise.all([source.tools(), source.tools(), callTool(source, "echo", { text: "x" })]);
    await source.tools();
    expect(happened()).toEqual(["listed"]);
  });
});
