import { readFileSync } from "node:fs";
import { idempotencyMetaKey } from "@hydrogenai/providers/mcp";
import { afterAll, describe, expect, it } from "vitest";
import { callTool, connect, fakeProcess } from "./support/servers.ts";

const source = connect(fakeProcess().server);
afterAll(() => source.close?.());

const text = (text: string): object => ({ type: "text", text });
const say = (result: object): Promise<unknown> => callTool(source, "say", { result } as never);

describe("a result is", () => {
  it.each<[string, object, unknown]>([
    ["its structured content before its text", { content: [text("ignored")], structuredContent: { a: [1, null] } }, { a: [1, null] }],
    ["the JSON its one text holds", { content: [text(' {"rows": [1, 2]} ')] }, { rows: [1, 2] }],
    ["the text when that is no JSON", { content: [text("not {json")] }, "not {json"],
    ["a number when the text is just how JSON writes it", { content: [text("42")] }, 42],
    ["the text of a number too long to keep", { content: [text("12345678901234567890")] }, "12345678901234567890"],
    ["the text of a number written otherwise", { content: [text("1.50")] }, "1.50"],
    ["an empty text", { content: [text("")] }, ""],
    ["every block when there are several", { content: [text("a"), text("b")] }, { content: [text("a"), text("b")] }],
    ["no block when there is none", { content: [] }, { content: [] }],
    [
      "a block that is no text",
      { content: [{ type: "image", data: "AAAA", mimeType: "image/png" }] },
      { content: [{ type: "image", data: "AAAA", mimeType: "image/png" }] },
    ],
  ])("%s", async (_what, result, expected) => {
    expect(await say(result)).toEqual(expected);
  });

  it("an own property when JSON calls it __proto__", async () => {
    const result = await say({ content: [text('{"__proto__": {"polluted": true}}')] });
    expect(Object.keys(result as object)).toEqual(["__proto__"]);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
});

describe("a failure is told", () => {
  it.each<[string, object, string]>([
    ["in all the tool's words", { isError: true, content: [text("first"), text("second")] }, "the tool say failed: first\nsecond"],
    [
      "with structured content when there are no words",
      { isError: true, content: [], structuredContent: { code: 7 } },
      'failed: {"code":7}',
    ],
    ["even when the tool says nothing", { isError: true, content: [] }, "failed: it did not say why"],
  ])("%s", async (_what, result, message) => {
    await expect(say(result)).rejects.toMatchObject({ code: "TOOL_FAILED", retryable: false, message: expect.stringContaining(message) });
  });

  it("shortened when it is very long", async () => {
    const error = await say({ isError: true, content: [text("x".repeat(50_000))] }).catch((error: unknown) => error);
    expect((error as Error).message.length).toBeLessThan(5_000);
  });

  it("when the answer makes no sense", async () => {
    await expect(say({ content: "not a list" })).rejects.toMatchObject({ code: "TOOL_FAILED", details: { tool: "say" } });
  });
});

describe("a call", () => {
  it.each([null, "text", 1, [1]])("with %j, which is no object, does not reach the server", async (input) => {
    await expect(callTool(source, "echo", input)).rejects.toMatchObject({ code: "TOOL_INPUT_INVALID", details: { tool: "echo" } });
  });

  it("hands on its idempotency key, and says which client it is", async () => {
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string };
    expect(await callTool(source, "reveal", {}, { idempotencyKey: "run-1:step-2" })).toMatchObject({
      meta: { [idempotencyMetaKey]: "run-1:step-2" },
      clientInfo: { name: "hydrogenai", version },
    });
  });
});
