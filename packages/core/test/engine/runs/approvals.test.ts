import { describe, expect, it } from "vitest";
import { type EventLog, type OrchestratorOptions, createOrchestrator, defineTool } from "../../../src/index.ts";
import { scriptedProvider } from "../../../src/testing/index.ts";
import { type Work, dyingLog, eventsOf, goOn, living, memoryEventLog, processOver, question, toldBy, until } from "./processes.ts";

const key = "a key of sixteen characters or more";
const operator = { ...question, principal: { id: "ann", roles: ["operator"] } };

function refunds() {
  const paid: unknown[] = [];
  const refund = defineTool({
    name: "refund",
    description: "Pays back.",
    inputSchema: { type: "object" },
    readOnly: false,
    execute: async (input) => {
      paid.push(input);
      return { paid: true };
    },
  });
  const look = defineTool({
    name: "look",
    description: "Looks.",
    inputSchema: { type: "object" },
    readOnly: true,
    execute: async () => "seen",
  });
  return { paid, options: { tools: [refund, look], approval: { key, tools: ["refund", "look"] } } satisfies OrchestratorOptions };
}

const payBack: Work = async ({ callTool }) => callTool("refund", { to: "bob", cents: 500 });

async function waitingRun(log: EventLog, work: Work, options: OrchestratorOptions) {
  const here = living(log, work, options);
  const run = await here.enqueue(operator);
  await here.worker();
  await until(run, "waiting");
  const [asked] = await run.approvals();
  return { here, run, asked: asked! };
}

describe("a tool that needs approval", () => {
  it("waits for it, says so, and runs once somebody approved this very call", async () => {
    const { paid, options } = refunds();
    const { here, run, asked } = await waitingRun(memoryEventLog(), payBack, options);
    expect(asked).toMatchObject({ run: run.id, tool: "refund", input: { to: "bob", cents: 500 } });
    expect(paid).toEqual([]);
    await here.decide(asked.token, { approved: true, by: "chris" });
    expect(await run.result()).toMatchObject({ text: '{"paid":true}' });
    expect(paid).toEqual([{ to: "bob", cents: 500 }]);
    const needed = (await toldBy(run)).filter(({ type }) => type === "approval-needed");
    expect(needed).toMatchObject([{ id: run.id, tool: "refund", input: { to: "bob", cents: 500 } }]);
    expect(JSON.stringify(needed)).not.toContain(asked.token);
    expect(await run.approvals()).toEqual([]);
  });

  it("does not run when somebody refuses, and the error says who and why", async () => {
    const { paid, options } = refunds();
    const { here, run, asked } = await waitingRun(memoryEventLog(), payBack, options);
    await here.decide(asked.token, { approved: false, by: "chris", reason: "too much" });
    await expect(run.result()).rejects.toMatchObject({ code: "TOOL_FORBIDDEN", message: expect.stringContaining("chris: too much") });
    expect(paid).toEqual([]);
  });

  it("is not asked about when it only reads", async () => {
    const { options } = refunds();
    const here = living(memoryEventLog(), async ({ callTool }) => callTool("look", {}), options);
    const run = await here.enqueue(question);
    await here.worker();
    expect(await run.result()).toMatchObject({ text: '"seen"' });
  });

  it("can be chosen by call", async () => {
    const { paid, options } = refunds();
    const required = (_tool: unknown, input: unknown): boolean => (input as { cents: number }).cents > 100;
    const twice: Work = async ({ callTool }) => [await callTool("refund", { cents: 100 }), await callTool("refund", { cents: 101 })];
    const { here, run, asked } = await waitingRun(memoryEventLog(), twice, { ...options, approval: { key, required } });
    expect(asked.input).toEqual({ cents: 101 });
    expect(paid).toEqual([{ cents: 100 }]);
    await here.decide(asked.token, { approved: true, by: "chris" });
    await run.result();
  });

  it("cannot run in a query that is not queued", async () => {
    const { paid, options } = refunds();
    const here = living(memoryEventLog(), payBack, options);
    await expect(here.query(operator)).rejects.toMatchObject({ code: "APPROVAL_REQUIRED" });
    expect(paid).toEqual([]);
  });

  it("waits across processes: asked in one, approved in another, run in a third", async () => {
    const { paid, options } = refunds();
    const log = memoryEventLog();
    const dying = dyingLog(log, 4);
    const first = processOver(dying, payBack, options);
    void first.enqueue(operator, { id: "run" }).catch(() => {});
    await first.worker();
    await dying.dead;
    const second = living(log, payBack, options);
    const [asked] = await second.run("run").approvals();
    await second.decide(asked!.token, { approved: true, by: "chris" });
    const run = await goOn(log, "run", payBack, options, operator);
    expect(await run.result()).toMatchObject({ text: '{"paid":true}' });
    expect(paid).toHaveLength(1);
  });
});

describe("an approval", () => {
  const rule = (name: string) => ({ code: "APPROVAL_INVALID", details: { rule: name } });

  it("decides once, also when two decide at once", async () => {
    const { options } = refunds();
    const { here, asked, run } = await waitingRun(memoryEventLog(), payBack, options);
    const decisions = await Promise.allSettled(["ann", "bob", "chris"].map((by) => here.decide(asked.token, { approved: true, by })));
    expect(decisions.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    await run.result();
    await expect(here.decide(asked.token, { approved: false, by: "dan" })).rejects.toMatchObject(rule("used"));
  });

  it("that nobody here signed is refused", async () => {
    const { options } = refunds();
    const { here, asked } = await waitingRun(memoryEventLog(), payBack, options);
    const [claims, signature] = asked.token.split(".") as [string, string];
    const other = Buffer.from(JSON.stringify({ run: "another", step: "x", nonce: "y" })).toString("base64url");
    for (const token of [
      "",
      "x",
      ".",
      `${other}.${signature}`,
      `${claims}.`,
      `${claims}.${signature}.`,
      `${claims}.${signature.slice(1)}A`,
      "a".repeat(1e6),
    ])
      await expect(here.decide(token, { approved: true, by: "eve" })).rejects.toMatchObject(rule("forged"));
    const elsewhere = living(memoryEventLog(), payBack, { ...options, approval: { key: "another key, as long as this" } });
    await expect(elsewhere.decide(asked.token, { approved: true, by: "eve" })).rejects.toMatchObject(rule("forged"));
  });

  it("written into the log by who has no key does not count", async () => {
    const { paid, options } = refunds();
    const log = memoryEventLog();
    const { run, asked } = await waitingRun(log, payBack, options);
    const data = { step: asked.step, approved: true, by: "eve", at: new Date().toISOString(), signature: "A".repeat(43) };
    const event = {
      specversion: "1.0",
      id: "forged",
      source: "eve",
      type: "run.approval.decided",
      time: data.at,
      datacontenttype: "application/json",
      data,
    } as const;
    await log.append(`run:${run.id}`, [event]);
    await expect(run.result()).rejects.toMatchObject(rule("forged"));
    expect(paid).toEqual([]);
  });

  it("of another call is refused: the arguments are part of it", async () => {
    const { paid, options } = refunds();
    const log = memoryEventLog();
    const dying = dyingLog(log, 4);
    const first = processOver(dying, payBack, options);
    void first.enqueue(operator, { id: "run" }).catch(() => {});
    await first.worker();
    await dying.dead;
    const changed: Work = async ({ callTool }) => callTool("refund", { to: "eve", cents: 50_000 });
    const second = living(log, changed, options);
    const [asked] = await second.run("run").approvals();
    await second.decide(asked!.token, { approved: true, by: "chris" });
    const run = await goOn(log, "run", changed, options, operator);
    await expect(run.result()).rejects.toMatchObject({ code: "NON_DETERMINISM", details: { step: "approve refund" } });
    expect(paid).toEqual([]);
  });

  it("that expires is a refusal, and comes too late afterwards", async () => {
    const { paid, options } = refunds();
    const log = memoryEventLog();
    const { here, run, asked } = await waitingRun(log, payBack, { ...options, approval: { ...options.approval, expiresMs: 50 } });
    await expect(run.result()).rejects.toMatchObject({ code: "TOOL_FORBIDDEN", details: { by: "expiry" } });
    await expect(here.decide(asked.token, { approved: true, by: "chris" })).rejects.toMatchObject({ code: "APPROVAL_INVALID" });
    expect(paid).toEqual([]);
    expect((await eventsOf(log, run.id)).filter(({ type }) => type === "run.approval.decided")).toEqual([]);
  });

  it("needs a key worth its name", () => {
    expect(() => createOrchestrator({ approval: { key: "short" } })).toThrow(/16 characters/);
  });

  it("is asked for by an agent's tool call, too", async () => {
    const { paid, options } = refunds();
    const model = scriptedProvider({ toolCalls: [{ id: "1", name: "refund", arguments: '{"to":"bob"}' }] }, "Done.");
    const log = memoryEventLog();
    const here = createOrchestrator({ ...options, log, providers: [model], cache: false });
    const run = await here.enqueue({ text: "give bob his money back", principal: operator.principal, options: { type: "tool" } });
    await here.worker();
    await until(run, "waiting");
    const [asked] = await run.approvals();
    expect(asked).toMatchObject({ tool: "refund", input: { to: "bob" } });
    await here.decide(asked!.token, { approved: true, by: "chris" });
    expect(await run.result()).toMatchObject({ text: "Done." });
    expect(paid).toEqual([{ to: "bob" }]);
    await here.close();
  });
});
