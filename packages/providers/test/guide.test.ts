import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ModelEvent, Provider } from "@hydrogenai/core";
import { type ProviderSituation, providerConformance, runConformance } from "@hydrogenai/core/testing";
import { afterAll, describe, expect, it } from "vitest";
import { vendorServer } from "./vendor-server.ts";
import { piecesOf } from "./wire-formats.ts";

const guide = readFileSync(join(import.meta.dirname, "../../../docs/providers.md"), "utf8");
const [, , code = ""] = guide.slice(guide.indexOf("## Write your own")).match(/```ts\n(import[\s\S]*?\n\n)?([\s\S]*?)```/) ?? [];
const [imports = ""] = guide.slice(guide.indexOf("## Write your own")).match(/^import.*$/m) ?? [];

// Beside this file, where the package's name resolves.
const file = join(import.meta.dirname, `guide-${process.pid}.ts`);
writeFileSync(file, `${imports}\n${code}`);
afterAll(() => rmSync(file));
const { mine } = (await import(file)) as { mine: (url: string) => Provider };

function eventsFor(situation: Exclude<ProviderSituation, { kind: "failure" }>): ModelEvent[] {
  const usage = { inputTokens: 3, outputTokens: 3 };
  if (situation.kind === "tool-call") {
    const { name, arguments: text } = situation;
    return [
      { type: "tool-call", call: { id: "1", name, arguments: text } },
      { type: "finish", reason: "tool-calls", usage, model: "m" },
    ];
  }
  const said = piecesOf(situation.text).map((text): ModelEvent => ({ type: "text-delta", text }));
  if (situation.kind !== "answer") return said;
  return [...said, { type: "finish", reason: situation.finishReason, usage: situation.usage, model: situation.model }];
}

async function subject() {
  const situations = new Map<string, ProviderSituation>();
  const server = await vendorServer((response, { prompt }) => {
    const situation = situations.get(prompt)!;
    if (situation.kind === "failure") return void response.writeHead(situation.status).end();
    response.writeHead(200).flushHeaders();
    for (const event of eventsFor(situation)) response.write(`${JSON.stringify(event)}\n`);
    if (situation.kind === "cut") setImmediate(() => response.destroy());
    else if (situation.kind !== "hang") response.end("end\n");
  });
  return {
    provider: mine(server.url),
    when: (prompt: string, situation: ProviderSituation) => void situations.set(prompt, situation),
    requests: server.requests,
    open: server.open,
    close: server.close,
  };
}

describe("the guide's provider", () => {
  it("has at most 15 lines", () => {
    expect(code.trim().split("\n").length).toBeLessThanOrEqual(15);
  });

  runConformance(providerConformance, it, { create: subject });
});
