import { describe, expect, it, vi } from "vitest";
import { fakeHttp } from "./support/fake-http.ts";
import { callTool, connect, fakeProcess, temporaryFolder, toolOf } from "./support/servers.ts";

describe.concurrent("a server's list of tools", () => {
  it.concurrent("loses what breaks the rules, and health says what and why", async () => {
    await using source = connect(fakeProcess("bad tools").server);
    const tools = await source.tools();
    const names = tools.map(({ name }) => name);
    expect(names).toHaveLength(new Set(names).size);
    expect(names).toEqual(expect.arrayContaining(["echo", "talkative", "sneaky"]));
    expect(names).not.toContain("huge-schema");
    expect(names).not.toContain("no-schema");
    expect(tools.find(({ name }) => name === "echo")?.description).toBe("The fake tool echo");
    expect(tools.find(({ name }) => name === "talkative")?.description.length).toBeLessThan(5_000);
    expect(tools.find(({ name }) => name === "sneaky")?.description).toBe("plain text");
    expect(source.health?.()).toMatchObject({ status: "degraded", detail: expect.stringContaining("8 left out") });
    expect(await callTool(source, "echo", { text: "works" })).toEqual({ text: "works" });
  });

  it.concurrent.each([
    ["many tools", "lists more than 1000 tools"],
    ["no list", "in a form that cannot be read"],
    ["endless pages", "lists more than 100 pages of tools"],
  ])("with %s is refused", async (mode, message) => {
    await using source = connect(fakeProcess(mode).server);
    await expect(source.tools()).rejects.toMatchObject({
      code: "TOOL_FAILED",
      retryable: false,
      message: expect.stringContaining(message),
    });
    expect(source.health?.()).toMatchObject({ status: "down" });
  });
});

describe.concurrent("a process", () => {
  it.concurrent("may write garbage between its messages", async () => {
    await using source = connect(fakeProcess("chatty").server);
    expect(await callTool(source, "echo", { text: "through the noise" })).toEqual({ text: "through the noise" });
  });

  it.concurrent("that ends when asked which version it speaks is asked the old way, now and after a restart", async () => {
    const { server, pids } = fakeProcess("old");
    await using source = connect(server);
    expect(await callTool(source, "echo", { text: "hi" })).toEqual({ text: "hi" });
    expect(pids()).toHaveLength(2);
    process.kill(pids()[1]!, "SIGKILL");
    expect(await callTool(source, "echo", { text: "hi" })).toEqual({ text: "hi" });
    expect(pids()).toHaveLength(3);
  });

  it.concurrent("that ends at once is named with its exit code; what it wrote stays in the cause, and it is not started without end", async () => {
    const { server, pids } = fakeProcess("dies at once");
    await using source = connect(server);
    const error = await source.tools().catch((error: unknown) => error);
    expect(error).toMatchObject({
      code: "TOOL_FAILED",
      retryable: true,
      message: "the MCP server fake cannot be reached: it ended with exit code 3",
    });
    expect(JSON.stringify(error)).not.toContain("hunter2");
    expect(String((error as Error).cause)).toContain("cannot open the database");
    expect(pids().length).toBeLessThanOrEqual(2);
  });

  it.concurrent("that cannot stay up any more is started again ever more slowly, and not for long", async () => {
    const { server, pids, breakFromNowOn } = fakeProcess();
    await using source = connect({ ...server, restartTimeoutMs: 1_000 });
    const echo = await toolOf(source, "echo");
    breakFromNowOn();
    process.kill(pids()[0]!, "SIGKILL");
    await vi.waitFor(() => expect(source.health?.()).toMatchObject({ status: "degraded" }), 10_000);
    await expect(echo.execute({ text: "hi" })).rejects.toMatchObject({ code: "TOOL_FAILED", retryable: true });
    expect(pids().length).toBeLessThanOrEqual(10);
    expect(source.health?.()).toMatchObject({ status: "down", detail: expect.stringContaining("exit code 3") });
  });

  it.concurrent("that cannot be started is not tried again", async () => {
    await using source = connect({ command: "/no/such/program" });
    await expect(source.tools()).rejects.toMatchObject({
      code: "TOOL_FAILED",
      retryable: false,
      message: "the MCP server program cannot be started: spawn /no/such/program ENOENT",
    });
  });

  it.concurrent("sees only the environment it needs and was given, and the working directory it was given", async () => {
    process.env["UNRELATED_SECRET"] = "hunter2";
    const { server } = fakeProcess();
    await using source = connect({ ...server, cwd: temporaryFolder() });
    const { environment } = (await callTool(source, "reveal", {})) as { environment: string[] };
    expect(environment).toEqual(expect.arrayContaining(["PATH", "FAKE_LOG"]));
    expect(environment).not.toContain("UNRELATED_SECRET");
  });
});

describe.concurrent("an answer", () => {
  const limit = { maxResultBytes: 20_000 };

  it.concurrent("over the limit is a failure of the tool over stdio, and costs nobody else anything", async () => {
    const { server, pids } = fakeProcess();
    await using source = connect({ ...server, ...limit });
    const big = await toolOf(source, "big");
    const [fits, over, farOver, echo] = await Promise.allSettled([
      big.execute({ bytes: 15_000 }),
      big.execute({ bytes: 25_000 }),
      big.execute({ bytes: 5_000_000 }),
      callTool(source, "echo", { text: "hi" }),
    ]);
    expect(fits).toMatchObject({ status: "fulfilled" });
    const tooLarge = { status: "rejected", reason: { code: "TOOL_FAILED", details: { tool: "big" } } };
    expect(over).toMatchObject(tooLarge);
    expect(farOver).toMatchObject(tooLarge);
    expect(echo).toMatchObject({ status: "fulfilled" });
    expect(pids()).toHaveLength(1);
  });

  it.concurrent.each([false, true])("over the limit is a failure of the tool over HTTP (as a stream of events: %j)", async (streams) => {
    await using server = await fakeHttp({ streams });
    await using source = connect({ url: server.url, ...limit });
    const big = await toolOf(source, "big");
    for (const bytes of [25_000, 5_000_000])
      await expect(big.execute({ bytes })).rejects.toMatchObject({ code: "TOOL_FAILED", message: expect.stringContaining("larger than") });
    expect(await big.execute({ bytes: 15_000 })).toHaveLength(15_000);
  });
});

describe.concurrent("an HTTP server", () => {
  it.concurrent.each(["application/json", "text/event-stream"] as const)("cannot answer %s without end", async (endless) => {
    await using server = await fakeHttp();
    await using source = connect({ url: server.url, maxResultBytes: 1_000_000 });
    const read = await toolOf(source, "read");
    server.misbehave({ endless });
    await expect(read.execute({ key: "a" })).rejects.toMatchObject({
      code: "TOOL_FAILED",
      message: expect.stringContaining("larger than allowed"),
    });
    await vi.waitFor(() => expect(server.waiting()).toBe(0), 10_000);
  });

  it.concurrent("cannot send us to another origin", async () => {
    await using canary = await fakeHttp();
    await using server = await fakeHttp();
    await using source = connect({ url: server.url, headers: { authorization: "Bearer hunter2" } });
    const write = await toolOf(source, "write");
    server.misbehave({ redirectTo: canary.url });
    await expect(write.execute({ key: "a" })).rejects.toMatchObject({
      code: "TOOL_FAILED",
      message: expect.stringContaining("not followed"),
    });
    server.misbehave({ redirectTo: canary.url }, true);
    await using other = connect({ url: server.url });
    await expect(other.tools()).rejects.toMatchObject({ code: "TOOL_FAILED", retryable: false });
    expect(canary.happened).toEqual([]);
  });

  it.concurrent("that wants other credentials is not asked twice, and is told about without them", async () => {
    await using server = await fakeHttp();
    server.misbehave("answers 401", true);
    await using source = connect({ url: server.url, headers: { authorization: "Bearer hunter2" } });
    const error = await source.tools().catch((error: unknown) => error);
    expect(error).toMatchObject({ code: "TOOL_FAILED", retryable: false, message: expect.stringContaining("401") });
    expect(`${String(error)}${JSON.stringify(error)}`).not.toContain("hunter2");
  });
});
