import { describe, expect, it, onTestFinished } from "vitest";
import {
  type OrchestratorOptions,
  type Provider,
  ProviderError,
  type ProviderFailure,
  createOrchestrator,
  defineProvider,
  isOrchestratorError,
} from "../../src/index.ts";
import { scriptedProvider } from "../../src/testing/index.ts";

const advice = "check the API key at the vendor's console";
const refusal = (kind: ProviderFailure): ProviderError =>
  new ProviderError(`first (model-1): ${kind}; ${advice}`, { provider: "first", model: "model-1", kind, retryable: false });

function made(providers: readonly Provider[], options: OrchestratorOptions = {}) {
  const orchestrator = createOrchestrator({ ...options, providers });
  onTestFinished(() => orchestrator.close());
  return orchestrator;
}

const question = { text: "Write a poem about rain.", options: { type: "simple", cache: "bypass" } } as const;
const first = (kind: ProviderFailure) => ({ ...scriptedProvider(refusal(kind)), name: "first" });
const second = () => ({ ...scriptedProvider("from the second"), name: "second" });

// What only this vendor, or this account, has to do with.
for (const kind of ["auth", "model-not-found", "quota", "context-length"] as const) {
  describe(`a vendor that refuses for ${kind}`, () => {
    it("is followed by the next at once, and the answer says what was wrong", async () => {
      const vendor = first(kind);
      const result = await made([vendor, second()]).query(question);
      expect(result).toMatchObject({ text: "from the second", provider: "second", degraded: ["provider:first"] });
      expect(result.attempts[0]).toMatchObject({
        provider: "first",
        model: "model-1",
        outcome: "failed",
        kind,
        message: refusal(kind).message,
      });
      expect(vendor.requests).toHaveLength(1);
    });

    it("leaves the local tier to answer where there is no other, which says so and why", async () => {
      const vendor = first(kind);
      const orchestrator = made([vendor]);
      const reasons: string[] = [];
      for await (const event of orchestrator.stream(question)) if (event.type === "degraded") reasons.push(event.reason);
      const result = await orchestrator.query(question);
      expect(result.answeredBy).toBe("local");
      expect(result.degraded).toContain("providers");
      expect(reasons.join()).toContain(advice);
      // Its word holds for the next call too, except that another text may be short enough.
      expect(vendor.requests).toHaveLength(kind === "context-length" ? 2 : 1);
    });

    it("has a closed breaker: nothing is wrong with it", async () => {
      const orchestrator = made([first(kind), second()]);
      for (let call = 0; call < 4; call++) await orchestrator.query(question);
      expect(orchestrator.health().dependencies["provider:first"]).toMatchObject({ breaker: "closed" });
    });
  });
}

// What is wrong with the question itself.
for (const kind of ["content-filter", "bad-request"] as const) {
  describe(`a vendor that refuses for ${kind}`, () => {
    it("ends the query with its reason, and nobody else is asked", async () => {
      const [vendor, other] = [first(kind), second()];
      const asking = made([vendor, other]).query(question);
      await expect(asking).rejects.toMatchObject({
        code: "PROVIDER_FAILED",
        provider: "first",
        model: "model-1",
        kind,
        message: refusal(kind).message,
      });
      expect([vendor.requests.length, other.requests.length]).toEqual([1, 0]);
    });

    it("is followed by the next where the host wants that", async () => {
      const result = await made([first(kind), second()], { failover: { tryOthersOn: [kind] } }).query(question);
      expect(result.text).toBe("from the second");
    });
  });
}

it("a key in an error that nobody made for us is shown nowhere", async () => {
  const key = "sk-proj-Abcdefgh1234567890";
  const leaky = defineProvider({
    name: "leaky",
    generate: async () => {
      throw new Error(`401 for Authorization: Bearer ${key}, key ${key}`, { cause: new Error(key) });
    },
  });
  const orchestrator = made([leaky]);
  const seen: unknown[] = [];
  orchestrator.on("*", (event) => seen.push(event));
  for await (const event of orchestrator.stream(question)) seen.push(event);
  seen.push(await orchestrator.query(question), orchestrator.health());
  const error: unknown = await orchestrator
    .query({ ...question, options: { ...question.options, provider: "none" } })
    .catch((reason: unknown) => reason);
  seen.push(isOrchestratorError(error) ? error.toJSON() : error);
  expect(JSON.stringify(seen)).toContain("leaky failed: 401");
  expect(JSON.stringify(seen)).not.toContain(key);
});
