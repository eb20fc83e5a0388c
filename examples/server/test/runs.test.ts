import { defineTool } from "@hydrogenai/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findBinary } from "../../../test/services.ts";
import { redisServer } from "../../../packages/transport-redis/test/private-server.ts";
import { type Running, post, startService } from "./service.ts";

const approvalKey = "sixteen characters and more";

interface Told {
  readonly id: number;
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

async function read(url: string, path: string, headers: Record<string, string> = {}): Promise<Told[]> {
  const response = await fetch(`${url}${path}`, { headers: { accept: "text/event-stream", ...headers } });
  const text = await response.text();
  return text.split("\n\n").flatMap((block) => {
    const [, id] = /^id: (.*)$/m.exec(block) ?? [];
    const [, event] = /^event: (.*)$/m.exec(block) ?? [];
    const [, data] = /^data: (.*)$/m.exec(block) ?? [];
    return data === undefined ? [] : [{ id: Number(id), event: event!, data: JSON.parse(data) as Told["data"] }];
  });
}

const send = (url: string, path: string, body: unknown = {}): Promise<Response> =>
  fetch(`${url}${path}`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

const json = async (response: Promise<Response>): Promise<Record<string, unknown>> =>
  (await (await response).json()) as Record<string, unknown>;

async function answered(url: string, id: string): Promise<Record<string, unknown>> {
  for (;;) {
    const response = await fetch(`${url}/api/result/${id}`);
    if (response.status !== 202) return (await response.json()) as Record<string, unknown>;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function inState(url: string, id: string, state: string): Promise<void> {
  while ((await json(fetch(`${url}/api/status/${id}`)))["state"] !== state) await new Promise((resolve) => setTimeout(resolve, 10));
}

const paid: unknown[] = [];
const refund = defineTool({
  name: "refund",
  description: "Refunds the last payment.",
  inputSchema: { type: "object" },
  readOnly: false,
  execute: async () => {
    paid.push("refund");
    return "refunded";
  },
});
const order = { query: "refund the last payment", mode: "queued", options: { type: "tool" } };

describe("a queued query", () => {
  let running: Running;
  beforeAll(async () => void (running = await startService({ tools: [refund], approval: { key: approvalKey, required: () => true } })));
  afterAll(() => running[Symbol.asyncDispose]());

  it("is taken with 202 and answered under its id", async () => {
    const response = await post(running.url, { query: "What can you do?", mode: "queued" });
    expect(response.status).toBe(202);
    const { id, status, result, stream } = (await response.json()) as Record<string, string>;
    expect(response.headers.get("location")).toBe(status);
    expect(await answered(running.url, id!)).toMatchObject({ id, text: expect.any(String) });
    expect(await json(fetch(`${running.url}${status}`))).toMatchObject({ id, state: "answered", question: "What can you do?" });
    expect(result).toBe(`/api/result/${id}`);
    const told = await read(running.url, stream!);
    expect(told.map(({ id }) => id)).toEqual(told.map((_, index) => index + 1));
    expect(told.at(-1)).toMatchObject({ event: "finish", data: { result: { id } } });
    const later = await read(running.url, stream!, { "last-event-id": "2" });
    expect(later).toEqual(told.slice(2));
  });

  it("waits for an approval, which decides it once", async () => {
    const { id } = (await (await post(running.url, order)).json()) as { id: string };
    await inState(running.url, id, "waiting");
    const [asked] = (await json(fetch(`${running.url}/api/approvals/${id}`)))["approvals"] as { token: string; tool: string }[];
    expect(asked).toMatchObject({ tool: "refund" });
    expect(paid).toEqual([]);
    expect(await json(send(running.url, "/api/approvals", { token: asked!.token, approved: true }))).toEqual({ approved: true });
    expect(await answered(running.url, id)).toMatchObject({ text: "refunded" });
    expect(paid).toEqual(["refund"]);
    expect((await send(running.url, "/api/approvals", { token: asked!.token, approved: true })).status).toBe(403);
    expect((await read(running.url, `/api/stream/${id}`)).map(({ event }) => event)).toContain("approval-needed");
  });

  it("is cancelled", async () => {
    const { id } = (await (await post(running.url, order)).json()) as { id: string };
    await inState(running.url, id, "waiting");
    expect(await json(send(running.url, `/api/cancel/${id}`, { reason: "not now" }))).toEqual({ cancelled: true });
    expect(await answered(running.url, id)).toMatchObject({ error: { code: "RUN_CANCELLED" } });
    expect(await json(send(running.url, `/api/resume/${id}`))).toEqual({ resumed: false });
  });

  it("that is not there is 404 everywhere, and what is no decision 400", async () => {
    for (const path of ["status", "result", "stream", "approvals"])
      expect((await fetch(`${running.url}/api/${path}/nothing`, { headers: { accept: "text/event-stream" } })).status).toBe(404);
    for (const path of ["cancel", "resume"]) expect((await send(running.url, `/api/${path}/nothing`)).status).toBe(404);
    for (const body of [{}, { token: 1, approved: true }, { token: "x", approved: "yes" }])
      expect((await send(running.url, "/api/approvals", body)).status).toBe(400);
    expect((await send(running.url, "/api/approvals", { token: "x.y", approved: true })).status).toBe(403);
    expect((await post(running.url, { query: "x", mode: "later" })).status).toBe(400);
  });

  it("may not be approved by who is no operator", async () => {
    await using other = await startService({}, {}, { principal: { id: "ann", roles: [] } });
    expect((await fetch(`${other.url}/api/approvals/x`)).status).toBe(403);
    expect((await send(other.url, "/api/approvals", { token: "x", approved: true })).status).toBe(403);
  });
});

describe.skipIf(findBinary("redis-server") === undefined)("two instances over one Redis (needs redis-server)", () => {
  it("serve each other's runs, also an approval given at the other", async () => {
    const redis = await redisServer();
    await redis.start();
    paid.length = 0;
    const env = { REDIS_URL: redis.url, APPROVAL_KEY: approvalKey };
    const first = await startService({ tools: [refund] }, env);
    const second = await startService({ tools: [refund] }, env);
    const { id } = (await (await post(first.url, order)).json()) as { id: string };
    await inState(second.url, id, "waiting");
    const [asked] = (await json(fetch(`${second.url}/api/approvals/${id}`)))["approvals"] as { token: string }[];
    await send(second.url, "/api/approvals", { token: asked!.token, approved: true });
    expect(await answered(second.url, id)).toMatchObject({ text: "refunded" });
    expect(await answered(first.url, id)).toMatchObject({ text: "refunded" });
    expect(paid).toEqual(["refund"]);
    await Promise.all([first.app.close(), second.app.close()]);
    await redis.remove();
  });
});
