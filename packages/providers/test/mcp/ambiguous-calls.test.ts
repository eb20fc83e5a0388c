import { setImmediate } from "node:timers/promises";
import type { ToolSource } from "@hydrogenai/core";
import { describe, expect, it, vi } from "vitest";
import { fakeHttp, type Misbehaviour } from "./support/fake-http.ts";
import { connect, fakeProcess, toolOf } from "./support/servers.ts";

interface Subject extends AsyncDisposable {
  readonly source: ToolSource;
  /** Runs of tools, counted where they happened. */
  readonly runs: () => readonly string[];
}

const onlyRuns = (happened: readonly string[]): readonly string[] => happened.filter((each) => each.startsWith("ran"));

const subjects: Readonly<Record<string, () => Promise<Subject>>> = {
  async stdio() {
    const { server, happened } = fakeProcess();
    const source = connect(server);
    return { source, runs: () => onlyRuns(happened()), [Symbol.asyncDispose]: async () => source.close?.() };
  },
  async http() {
    const server = await fakeHttp();
    const source = connect({ url: server.url });
    const close = async (): Promise<void> => {
      await source.close?.();
      await server.stop();
    };
    return { source, runs: () => onlyRuns(server.happened), [Symbol.asyncDispose]: close };
  },
};

describe.concurrent.each(Object.entries(subjects))("a connection over %s that breaks after the work was done", (_kind, create) => {
  it("never runs a tool twice that may not, says so, and works on", async () => {
    await using subject = await create();
    const { source, runs } = subject;
    const write = await toolOf(source, "write");
    await expect(write.execute({ key: "a", afterwards: "cut" })).rejects.toMatchObject({
      code: "TOOL_OUTCOME_UNKNOWN",
      retryable: false,
      details: { tool: "write" },
    });
    expect(runs()).toEqual(["ran write a"]);
    expect(await write.execute({ key: "b" })).toBe("write done");
    expect(runs()).toEqual(["ran write a", "ran write b"]);
  });

  it.each(["upsert", "read"])("repeats %s, which may run twice, and answers", async (name) => {
    await using subject = await create();
    const { source, runs } = subject;
    const tool = await toolOf(source, name);
    expect(await tool.execute({ key: "a", afterwards: "cut" })).toBe(`${name} done`);
    expect(runs()).toEqual([`ran ${name} a`, `ran ${name} a`]);
  });

  it("repeats once only", async () => {
    await using subject = await create();
    const { source, runs } = subject;
    const tool = await toolOf(source, "read");
    await expect(tool.execute({ key: "a", afterwards: "always cut" })).rejects.toMatchObject({ code: "TOOL_FAILED", retryable: true });
    expect(runs()).toEqual(["ran read a", "ran read a"]);
  });

  it("leaves each of many calls that were in flight run once", async () => {
    await using subject = await create();
    const { source, runs } = subject;
    const write = await toolOf(source, "write");
    const keys = Array.from({ length: 20 }, (_, index) => `key-${index}`);
    await Promise.allSettled(keys.map((key, index) => write.execute(index === 10 ? { key, afterwards: "cut" } : { key })));
    const counts = keys.map((key) => runs().filter((each) => each === `ran write ${key}`).length);
    expect(Math.max(...counts)).toBe(1);
    expect(counts[10]).toBe(1);
  });
});

describe.concurrent("an HTTP server that does the work and then", () => {
  const wrong: readonly Misbehaviour[] = ["resets", "stops half way", "answers 500", "answers html"];

  it.each(wrong)("%s leaves the outcome unknown and is not asked again", async (how) => {
    await using server = await fakeHttp();
    await using source = connect({ url: server.url });
    const write = await toolOf(source, "write");
    server.misbehave(how);
    await expect(write.execute({ key: "a" })).rejects.toMatchObject({ code: "TOOL_OUTCOME_UNKNOWN" });
    expect(onlyRuns(server.happened)).toEqual(["ran write a"]);
    server.misbehave(undefined);
    expect(await write.execute({ key: "b" })).toBe("write done");
  });
});

it("does not repeat a call when the server, back again, says that its tool may not run twice", async () => {
  const { server, happened } = fakeProcess("takes its promises back");
  await using source = connect(server);
  const upsert = await toolOf(source, "upsert");
  await expect(upsert.execute({ key: "a", afterwards: "cut" })).rejects.toMatchObject({ code: "TOOL_OUTCOME_UNKNOWN" });
  expect(onlyRuns(happened())).toEqual(["ran upsert a"]);
});

it("sends a call again that a dead server certainly never saw", async () => {
  await using server = await fakeHttp();
  await using source = connect({ url: server.url });
  const write = await toolOf(source, "write");
  await server.stop();
  // Both ends are in this process: it must hear of the closed connection before it could use it.
  await setImmediate();
  await setImmediate();
  const answer = write.execute({ key: "a" });
  await vi.waitFor(
    () => expect(source.health?.()).toMatchObject({ status: "degraded", detail: expect.stringContaining("ECONNREFUSED") }),
    10_000,
  );
  await server.start();
  expect(await answer).toBe("write done");
  expect(onlyRuns(server.happened)).toEqual(["ran write a"]);
});
