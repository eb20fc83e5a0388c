import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { fakeHttp } from "./support/fake-http.ts";
import { callTool, connect, dbhubHttp, everything, everythingHttp, fakeProcess, temporaryFolder, toolOf } from "./support/servers.ts";

const longOperation = { duration: 0.5, steps: 1 };

describe.concurrent("a process killed with SIGKILL", () => {
  it.concurrent("between calls is started again, and a call that may not run twice runs once", async () => {
    const { server, happened, pids } = fakeProcess();
    await using source = connect(server);
    const write = await toolOf(source, "write");
    await write.execute({ key: "first" });
    process.kill(pids()[0]!, "SIGKILL");
    await vi.waitFor(
      () => expect(source.health?.()).toMatchObject({ status: "degraded", detail: expect.stringContaining("SIGKILL") }),
      10_000,
    );
    expect(await write.execute({ key: "second" })).toBe("write done");
    expect(happened().filter((each) => each.startsWith("ran"))).toEqual(["ran write first", "ran write second"]);
    expect(pids()).toHaveLength(2);
  });

  it.concurrent("in flight, server-everything included, does not cost a read-only call its answer", async () => {
    const pidFile = join(temporaryFolder(), "pid");
    await using source = connect({
      command: "sh",
      args: ["-c", `echo $$ > ${pidFile}; exec ${process.execPath} ${everything}`],
      name: "killed",
    });
    const operation = await toolOf(source, "trigger-long-running-operation");
    const pid = readFileSync(pidFile, "utf8").trim();
    const answer = operation.execute(longOperation);
    process.kill(Number(pid), "SIGKILL");
    expect(await answer).toContain("Long running operation completed");
    expect(existsSync(pidFile)).toBe(true);
    expect(readFileSync(pidFile, "utf8").trim()).not.toBe(pid);
  });
});

describe.concurrent("server-everything over HTTP, killed with SIGKILL", () => {
  it.concurrent("and started again on the same port serves old tools on, between calls and in flight", async () => {
    await using server = await everythingHttp();
    await using source = connect({ url: server.url, restartTimeoutMs: 15_000 });
    const echo = await toolOf(source, "echo");
    const operation = await toolOf(source, "trigger-long-running-operation");

    await server.kill();
    await server.start();
    expect(await echo.execute({ message: "back" })).toBe("Echo: back");

    const [answer] = await Promise.all([operation.execute(longOperation), server.kill().then(server.start)]);
    expect(answer).toContain("Long running operation completed");
  });
});

it.concurrent("a server that is gone is said to be, and found again when it is back", async () => {
  await using server = await fakeHttp();
  await using source = connect({ url: server.url, name: "away", restartTimeoutMs: 300 });
  const echo = await toolOf(source, "echo");
  await server.stop();
  const failure = { code: "TOOL_FAILED", retryable: true, message: expect.stringContaining("the MCP server away cannot be reached") };
  await expect(echo.execute({ text: "anyone?" })).rejects.toMatchObject({ ...failure, details: { tool: "echo" } });
  expect(source.health?.()).toMatchObject({ status: "down", detail: expect.stringContaining("ECONNREFUSED") });
  await expect(source.tools()).rejects.toMatchObject(failure);

  await server.start();
  expect(await echo.execute({ text: "hello again" })).toEqual({ text: "hello again" });
  expect(source.health?.()).toMatchObject({ status: "up" });
});

it.concurrent("dbhub, which keeps no sessions, is found again after a restart on the same port", async () => {
  await using server = await dbhubHttp("sqlite:///:memory:");
  await using source = connect({ url: server.url, restartTimeoutMs: 15_000 });
  const count = (): Promise<unknown> => callTool(source, "execute_sql", { sql: "select 1 as one" });
  expect(await count()).toMatchObject({ success: true });
  await server.kill();
  await server.start();
  expect(await count()).toMatchObject({ success: true });
});

describe.concurrent("a server that forgot its sessions", () => {
  it.concurrent("gets a new one, and a call that may not run twice runs once", async () => {
    await using server = await fakeHttp();
    await using source = connect({ url: server.url });
    const write = await toolOf(source, "write");
    server.forgetSessions();
    expect(await write.execute({ key: "k" })).toBe("write done");
    expect(server.happened.filter((each) => each.startsWith("ran"))).toEqual(["ran write k"]);
  });
});

describe.concurrent("a restart that changed the tools", () => {
  it.concurrent("is told to the listeners, and a tool that is gone is not found", async () => {
    const { server, pids } = fakeProcess();
    await using source = connect(server);
    await callTool(source, "grow", { name: "short-lived" });
    await vi.waitFor(async () => expect((await source.tools()).map(({ name }) => name)).toContain("short-lived"), 10_000);
    const shortLived = await toolOf(source, "short-lived");
    const listener = vi.fn<() => void>();
    source.onChange?.(listener);

    process.kill(pids().at(-1)!, "SIGKILL");
    await vi.waitFor(() => expect(source.health?.()).toMatchObject({ status: "degraded" }), 10_000);
    await expect(shortLived.execute({})).rejects.toMatchObject({ code: "TOOL_NOT_FOUND", details: { tool: "short-lived" } });
    expect(listener).toHaveBeenCalledOnce();
    expect((await source.tools()).map(({ name }) => name)).not.toContain("short-lived");
  });

  it.concurrent("keeps the very same tools when nothing changed", async () => {
    const { server, pids } = fakeProcess();
    await using source = connect(server);
    const before = await source.tools();
    const listener = vi.fn<() => void>();
    source.onChange?.(listener);
    process.kill(pids()[0]!, "SIGKILL");
    await vi.waitFor(() => expect(source.health?.()).toMatchObject({ status: "degraded" }), 10_000);
    expect(await source.tools()).toBe(before);
    expect(pids()).toHaveLength(2);
    expect(listener).not.toHaveBeenCalled();
  });
});
