import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { fakeHttp } from "./support/fake-http.ts";
import { callTool, connect, everything, fakeProcess, isAlive, runToEnd, toolOf } from "./support/servers.ts";

const support = join(import.meta.dirname, "support");

describe("close", () => {
  it.concurrent("rejects what is pending and what comes later with CLOSED, and may be called again", async () => {
    const { server, happened, pids } = fakeProcess();
    await using source = connect(server);
    const hang = await toolOf(source, "hang");
    const pending = hang.execute({});
    await vi.waitFor(() => expect(happened()).toContain("ran hang"), 10_000);
    const closing = source.close!();
    await expect(pending).rejects.toMatchObject({ code: "CLOSED" });
    await Promise.all([closing, source.close!()]);
    await expect(hang.execute({})).rejects.toMatchObject({ code: "CLOSED" });
    await expect(source.tools()).rejects.toMatchObject({ code: "CLOSED" });
    expect(source.health?.()).toEqual({ status: "down", detail: "closed" });
    expect(pids().filter(isAlive)).toEqual([]);
  });

  it.concurrent("before the first use starts nothing", async () => {
    const { server, pids } = fakeProcess();
    await using source = connect(server);
    await source.close!();
    await expect(source.tools()).rejects.toMatchObject({ code: "CLOSED" });
    expect(pids()).toEqual([]);
  });

  it.concurrent("while connecting ends the process being started", async () => {
    const { server, pids } = fakeProcess("mute");
    await using source = connect(server);
    const listing = source.tools();
    await vi.waitFor(() => expect(pids()).toHaveLength(1), 10_000);
    const closing = source.close!();
    await expect(listing).rejects.toMatchObject({ code: "CLOSED" });
    await closing;
    expect(pids().filter(isAlive)).toEqual([]);
  });

  it.concurrent("asks a process with SIGTERM and, when that is ignored, kills it", async () => {
    const { server, happened, pids } = fakeProcess("stubborn");
    await using source = connect({ ...server, closeTimeoutMs: 400 });
    await source.tools();
    await source.close!();
    expect(happened()).toContain("SIGTERM");
    expect(pids().filter(isAlive)).toEqual([]);
  });

  it.concurrent("ends what a shell started for us too", async () => {
    const { server, pids } = fakeProcess("stubborn");
    const { command, args, env } = server;
    await using source = connect({
      command: "sh",
      args: ["-c", `${command} ${args.join(" ")}; true`],
      env,
      closeTimeoutMs: 400,
      name: "shell",
    });
    await source.tools();
    await source.close!();
    await vi.waitFor(() => expect(pids().filter(isAlive)).toEqual([]), 10_000);
  });

  it.concurrent("ends the HTTP session and leaves no socket open", async () => {
    await using server = await fakeHttp();
    await using source = connect({ url: server.url });
    await callTool(source, "echo", { text: "x" });
    await source.close!();
    expect(server.happened).toContain("session ended");
    await vi.waitFor(() => expect(server.openSockets()).toBe(0), 10_000);
  });

  it.concurrent("of an HTTP server that went silent does not wait for it", async () => {
    await using server = await fakeHttp();
    await using source = connect({ url: server.url, closeTimeoutMs: 100 });
    await source.tools();
    server.misbehave("is silent", true);
    await source.close!();
    await vi.waitFor(() => expect(server.openSockets()).toBe(0), 10_000);
  });

  it("leaves nothing behind that would keep a program running", async () => {
    await using server = await fakeHttp();
    const args = ["--conditions=@hydrogenai/source", join(support, "leave-nothing.ts"), everything, server.url];
    const { stdout, stderr, status } = await runToEnd(args);
    expect({ stdout, stderr, status }).toEqual({ stdout: "closed\n", stderr: "", status: 0 });
  });
});
