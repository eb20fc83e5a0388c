import { describe, expect, it } from "vitest";
import { type Workflow, createOrchestrator, memoryCache } from "../../src/index.ts";

/** Answers when everybody has asked. */
function account(isPersonal: boolean) {
  const { promise: everybodyAsked, resolve } = Promise.withResolvers<void>();
  let runs = 0;
  const workflow: Workflow = {
    name: "account",
    async run({ principal }) {
      runs++;
      await everybodyAsked;
      return { text: isPersonal ? `the balance of ${principal?.id}` : "the same for all", answeredBy: "local", personal: isPersonal };
    },
  };
  return { workflow, resolve, runs: () => runs };
}

describe("what several principals of a tenant ask at once", () => {
  const question = { text: "What is on the account?", options: { type: "simple" as const } };
  const principal = (id: string) => ({ id, roles: ["member"] });

  it("is answered to each with what is theirs", async () => {
    const { workflow, resolve } = account(true);
    await using orchestrator = createOrchestrator({ cache: memoryCache(), cacheScope: "tenant", workflows: { simple: workflow } });
    const asked = ["ann", "bo", "ann"].map((id) => orchestrator.query({ ...question, principal: principal(id) }));
    setImmediate(resolve);
    expect((await Promise.all(asked)).map(({ text }) => text)).toEqual(["the balance of ann", "the balance of bo", "the balance of ann"]);
  });

  it("is worked out once for one of them", async () => {
    const { workflow, resolve, runs } = account(false);
    await using orchestrator = createOrchestrator({ cache: memoryCache(), cacheScope: "tenant", workflows: { simple: workflow } });
    const asked = ["ann", "ann", "ann"].map((id) => orchestrator.query({ ...question, principal: principal(id) }));
    setImmediate(resolve);
    await Promise.all(asked);
    expect(runs()).toBe(1);
    expect(await orchestrator.query({ ...question, principal: principal("bo") })).toMatchObject({ cached: "exact" });
  });
});
