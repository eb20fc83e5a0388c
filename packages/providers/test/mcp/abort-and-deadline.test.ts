import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { fakeHttp } from "./support/fake-http.ts";
import { callTool, connect, everything, fakeProcess, isAlive, temporaryFolder, toolOf } from "./support/servers.ts";

describe.concurrent("an aborted call", () => {
  it.concurrent("rejects with the signal's own reason and is cancelled on the wire to server-everything", async () => {
    const wire = join(temporaryFolder(), "wire");
    await using source = connect({ command: "sh", args: ["-c", `tee ${wire} | exec ${process.execPath} ${everything}`], name: "watched" });
    const operation = await toolOf(source, "trigger-long-running-operation");
    const caller = new AbortController();
    const reason = new Error("hunter2 closed the tab");
    const answer = operation.execute({ duration: 60, steps: 1 }, { signal: caller.signal });
    await vi.waitFor(() => expect(readFileSync(wire, "utf8")).toContain("tools/call"), 10_000);
    caller.abort(reason);
    await expect(answer).rejects.toBe(reason);
    await vi.waitFor(() => expect(readFileSync(wire, "utf8")).toContain("notifications/cancelled"), 10_000);
    expect(readFileSync(wire, "utf8")).not.toContain("hunter2");
  });

  it.concurrent.each(["", "modern"])("stops the tool of a process (mode %j) and leaves the others at work", async (mode) => {
    const { server, happened } = fakeProcess(mode);
    await using source = connect(server);
    const hang = await toolOf(source, "hang");
    const caller = new AbortController();
    const stays = new AbortController();
    const staying = hang.execute({}, { signal: stays.signal });
    const leaving = hang.execute({}, { signal: caller.signal });
    await vi.waitFor(() => expect(happened()).toEqual(["listed", "ran hang", "ran hang"]), 10_000);
    caller.abort("enough");
    await expect(leaving).rejects.toBe("enough");
    await vi.waitFor(() => expect(happened().filter((each) => each === "cancelled hang")).toHaveLength(1), 10_000);
    expect(await callTool(source, "echo", { text: "still here" })).toEqual({ text: "still here" });
    stays.abort("done");
    await expect(staying).rejects.toBe("done");
  });

  it.concurrent.each([false, true])("over HTTP stops the tool and gives its connection back (2026 revision: %j)", async (isModern) => {
    await using server = await fakeHttp({ isModern });
    await using source = connect({ url: server.url });
    const hang = await toolOf(source, "hang");
    const callers = Array.from({ length: 5 }, () => new AbortController());
    const answers = callers.map(({ signal }) => hang.execute({}, { signal }));
    await vi.waitFor(() => expect(server.running()).toBe(5), 10_000);
    expect(server.waiting()).toBe(5);
    for (const caller of callers) caller.abort(new Error("enough"));
    for (const { status } of await Promise.allSettled(answers)) expect(status).toBe("rejected");
    await vi.waitFor(() => expect([server.running(), server.waiting()]).toEqual([0, 0]), 10_000);
    expect(await callTool(source, "echo", { text: "still here" })).toEqual({ text: "still here" });
  });

  it.concurrent("that waits for a connection leaves it to the others who wait", async () => {
    const { server, pids } = fakeProcess();
    await using source = connect(server);
    const caller = new AbortController();
    const first = source.tools({ signal: caller.signal });
    const second = source.tools();
    caller.abort("gone");
    await expect(first).rejects.toBe("gone");
    expect((await second).length).toBeGreaterThan(0);
    expect(pids()).toHaveLength(1);
  });
});

describe.concurrent("a deadline", () => {
  it.concurrent.each(["", "modern"])("of a call is told apart from an abort, and the tool is stopped (mode %j)", async (mode) => {
    const { server, happened } = fakeProcess(mode);
    await using source = connect({ ...server, callTimeoutMs: 50 });
    const hang = await toolOf(source, "hang");
    await expect(hang.execute({}, { signal: new AbortController().signal })).rejects.toMatchObject({
      code: "DEADLINE_EXCEEDED",
      message: "the tool hang took longer than 50 ms",
      details: { tool: "hang", source: "fake" },
    });
    await vi.waitFor(() => expect(happened()).toContain("cancelled hang"), 10_000);
  });

  it.concurrent("of a connection ends the process that never answered", async () => {
    const { server, pids } = fakeProcess("mute");
    await using source = connect({ ...server, connectTimeoutMs: 600 });
    await expect(source.tools()).rejects.toMatchObject({
      code: "DEADLINE_EXCEEDED",
      message: expect.stringMatching(/fake took longer than 600 ms$/),
    });
    expect(source.health?.()).toMatchObject({ status: "down" });
    await vi.waitFor(() => expect(pids().filter(isAlive)).toEqual([]), 10_000);
  });

  it.concurrent("of a connection ends the requests to an HTTP server that is silent", async () => {
    await using server = await fakeHttp();
    server.misbehave("is silent", true);
    await using source = connect({ url: server.url, connectTimeoutMs: 200 });
    await expect(source.tools()).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
    await vi.waitFor(() => expect(server.openSockets()).toBe(0), 10_000);
  });
});
