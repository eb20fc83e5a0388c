import * as fc from "fast-check";
import { expect, it, onTestFinished } from "vitest";
import {
  type AfterFirstToken,
  type ModelEvent,
  type Provider,
  ProviderError,
  type ProviderFailure,
  all,
  defineProvider,
  failover,
  hedge,
  isOrchestratorError,
  race,
} from "../../src/index.ts";

const request = { messages: [{ role: "user", content: "hello" }] } as const;
const timeoutMs = 60;
const whole = (name: string) => Array.from({ length: 6 }, (_, word) => `${name}${word} `);

/** What a vendor does at a place of its answer; `false` events are what no provider should yield. */
const mishaps = [
  "none",
  "cut",
  "end",
  "hang",
  "null",
  "throw-nothing",
  "server",
  "overloaded",
  "auth",
  "rate-limit",
  "content-filter",
] as const;
type Mishap = (typeof mishaps)[number];

function vendor(name: string, mishap: Mishap, at: number, delayMs: number): Provider {
  async function* stream(_request: unknown, { signal }: { signal?: AbortSignal | undefined } = {}): AsyncGenerator<ModelEvent, void> {
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
    for (const [word, text] of whole(name).entries()) {
      if (word === at) {
        if (mishap === "end") return;
        // A vendor that ignores its signal.
        if (mishap === "hang") await new Promise((resolve) => setTimeout(resolve, 5_000).unref());
        if (mishap === "null") yield null as never;
        // oxlint-disable-next-line typescript/only-throw-error -- what is not ours may throw anything
        if (mishap === "throw-nothing") throw undefined;
        if (mishap === "cut") throw new Error("socket hang up");
        if (mishap !== "none")
          throw new ProviderError(`${name} ${mishap}`, { provider: name, kind: mishap as ProviderFailure, retryable: true });
      }
      yield { type: "text-delta", text };
    }
    signal?.throwIfAborted();
    yield { type: "finish", reason: "stop", usage: { inputTokens: 1, outputTokens: 6 } };
  }
  return defineProvider({ name, stream });
}

const vendors = fc
  .array(fc.tuple(fc.constantFrom(...mishaps), fc.nat(5), fc.constantFrom(0, 0, 2)), { minLength: 1, maxLength: 4 })
  .map((all) => all.map(([mishap, at, delayMs], index) => vendor("abcd"[index]!, mishap, at, delayMs)));

const wrap = fc.constantFrom("failover", "nested", "race", "hedge", "all", "failover of a race");

function together(how: string, providers: readonly Provider[]): Provider {
  const options = { timeoutMs, firstTokenTimeoutMs: timeoutMs };
  const combine = (answers: readonly { text: string }[]) => answers[0] as never;
  if (how === "race") return race(providers, options);
  if (how === "hedge") return hedge(providers, { ...options, afterMs: 1, maxExtraShare: 1 });
  if (how === "all") return all(providers, { ...options, combine });
  if (how === "nested") return failover([failover(providers.slice(0, 1), options), ...providers.slice(1)], options);
  return failover(how === "failover" ? providers : [race(providers, options), ...providers], options);
}

it("whatever vendors do and however they are put together, an answer is whole and one vendor's, or an error of ours", async () => {
  const unhandled: unknown[] = [];
  const onUnhandled = (reason: unknown): void => void unhandled.push(reason);
  process.on("unhandledRejection", onUnhandled);
  onTestFinished(() => void process.off("unhandledRejection", onUnhandled));
  await fc.assert(
    fc.asyncProperty(
      vendors,
      wrap,
      fc.constantFrom<AfterFirstToken>("error", "restart", "buffer"),
      async (providers, how, afterFirstToken) => {
        const texts = providers.map(({ name }) => whole(name).join(""));
        let seen = "";
        let finished = 0;
        try {
          for await (const event of together(how, providers).stream(request, { afterFirstToken } as object)) {
            if (event.type === "text-delta") seen += event.text;
            else if (event.type === "text-reset") seen = "";
            else if (event.type === "finish") finished++;
          }
          expect(finished).toBe(1);
          expect(texts).toContain(seen);
        } catch (error) {
          if (!isOrchestratorError(error)) throw error;
          expect(finished).toBe(0);
          // What was shown is the beginning of one answer.
          expect(texts.some((text) => text.startsWith(seen))).toBe(true);
        }
      },
    ),
    { numRuns: 400 },
  );
  expect(unhandled).toEqual([]);
});
