// How a host application tests its own code: no network, no key, a scripted model. Runs under node:test and under vitest alike.
import assert from "node:assert/strict";
import { it } from "node:test";
import { createOrchestrator } from "@hydrogenai/core";
import { scriptedProvider } from "@hydrogenai/core/testing";

/** The host's own code. */
async function greet(orchestrator: ReturnType<typeof createOrchestrator>, name: string): Promise<string> {
  const { text } = await orchestrator.query(`Greet ${name} in one sentence`);
  return text;
}

it("still greets when the first model is down", async () => {
  const model = scriptedProvider("Good morning, Ada.");
  await using orchestrator = createOrchestrator({ providers: [scriptedProvider(new Error("down")), model] });
  assert.equal(await greet(orchestrator, "Ada"), "Good morning, Ada.");
  assert.equal(model.requests.length, 1);
});
