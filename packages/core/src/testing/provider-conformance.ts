import assert from "node:assert/strict";
import { isOrchestratorError, isProviderError } from "../errors.ts";
import type { CallOptions } from "../ports/call.ts";
import type { ModelEvent, ModelRequest, Provider, Usage } from "../ports/provider.ts";
import type { ConformanceCase } from "./conformance.ts";
import { outcomeOf, rejectsWhenAborted } from "./expectations.ts";
import { eventually, within } from "./waiting.ts";

/** What the vendor behind the provider does with a request. */
export type ProviderSituation =
  /** A whole answer, streamed in two pieces or more where it has two words or more. */
  | {
      readonly kind: "answer";
      readonly text: string;
      readonly model: string;
      readonly usage: Usage;
      readonly finishReason: "stop" | "length";
    }
  /** A call of one tool and no text. `arguments` goes out as it stands. */
  | { readonly kind: "tool-call"; readonly name: string; readonly arguments: string }
  /** The text (which may be empty), then the connection ends without the vendor's end mark; a reply that is not streamed ends in the middle. */
  | { readonly kind: "cut"; readonly text: string }
  /** The vendor refuses with this HTTP status, or what that status means to it. */
  | { readonly kind: "failure"; readonly status: 400 | 401 | 429 | 500 | 503 }
  /** The text (which may be empty), then nothing more while the connection stays open. */
  | { readonly kind: "hang"; readonly text: string };

/** A provider together with the vendor it talks to: a scripted one, a local server, or a mock of somebody else. */
export interface ProviderSubject {
  readonly provider: Provider;
  /** From now on a request whose last user message is exactly this text meets this situation. */
  readonly when: (prompt: string, situation: ProviderSituation) => Promise<void> | void;
  /** Requests that have reached the vendor so far. */
  readonly requests: () => number;
  /** Requests whose reply the vendor has not ended and whose client is still there. */
  readonly open: () => number;
  /** Takes provider and vendor down. */
  readonly close?: (() => Promise<void>) | undefined;
}

type Answer = Extract<ProviderSituation, { kind: "answer" }>;

const ask = (prompt: string, more: Partial<ModelRequest> = {}): ModelRequest => ({
  messages: [{ role: "user", content: prompt }],
  ...more,
});

const answer = (text: string, more: Partial<Answer> = {}): Answer => ({
  kind: "answer",
  text,
  model: "conformance-model-2",
  usage: { inputTokens: 11, outputTokens: 7 },
  finishReason: "stop",
  ...more,
});

const lookUp: Partial<ModelRequest> = {
  tools: [
    {
      name: "look_up",
      description: "Looks something up",
      inputSchema: { type: "object", properties: { city: { type: "string" }, days: { type: "number" } } },
    },
  ],
};

interface Streamed {
  readonly events: readonly ModelEvent[];
  readonly text: string;
}

async function collect(provider: Provider, request: ModelRequest, options?: CallOptions): Promise<Streamed> {
  const events: ModelEvent[] = [];
  for await (const event of provider.stream(request, options)) events.push(event);
  return { events, text: textOf(events) };
}

const textOf = (events: readonly ModelEvent[]): string => events.map((event) => (event.type === "text-delta" ? event.text : "")).join("");

const callsOf = ({ events }: Streamed) => events.flatMap((event) => (event.type === "tool-call" ? [event.call] : []));

/** The one finish, which must be last. */
function finishOf({ events }: Streamed): Extract<ModelEvent, { type: "finish" }> {
  const last = events.at(-1);
  assert.ok(last?.type === "finish", `the last event is ${JSON.stringify(last)} and not a finish`);
  assert.equal(events.filter((event) => event.type === "finish").length, 1, "there is more than one finish");
  return last;
}

/** Both ways of asking must reject; answers what they rejected with. */
async function failures(provider: Provider, prompt: string): Promise<readonly unknown[]> {
  const outcomes = [await outcomeOf(provider.generate(ask(prompt))), await outcomeOf(collect(provider, ask(prompt)))];
  return outcomes.map((outcome, index) => {
    assert.ok("error" in outcome, `${index === 0 ? "generate" : "stream"} was a success: ${JSON.stringify(outcome)}`);
    return outcome.error;
  });
}

const closed = (subject: ProviderSubject, limitMs: number): Promise<void> =>
  eventually(() => subject.open() === 0, limitMs, "the connection is closed");

/** Token counts a vendor does not report may be absent or zero. */
const counts = ({ inputTokens, outputTokens }: Usage) => ({ inputTokens, outputTokens });

const text = 'Grüße aus Zürich.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n  Indented, with "quotes", data: and \\ back\u{1f680}slashes.';

/** The contract of `Provider`, one case or more a clause. */
export const providerConformance: readonly ConformanceCase<ProviderSubject>[] = [
  {
    name: "`generate` answers with the text, the finish reason, the usage and the model of the reply",
    run: async ({ provider, when }) => {
      await when("hello", answer(text));
      const completion = await provider.generate(ask("hello"));
      assert.equal(completion.text, text);
      assert.equal(completion.finishReason, "stop");
      assert.equal(completion.model, "conformance-model-2");
      assert.deepEqual(counts(completion.usage), { inputTokens: 11, outputTokens: 7 });
      assert.deepEqual(completion.toolCalls, []);
    },
  },
  {
    name: "`generate` answers with the text, the finish reason, the usage and the model of the reply: of a reply that was too long",
    run: async ({ provider, when }) => {
      await when(
        "hello",
        answer("Once upon a", { finishReason: "length", usage: { inputTokens: 5, outputTokens: 3 }, model: "other-model-3" }),
      );
      const completion = await provider.generate(ask("hello"));
      assert.equal(completion.text, "Once upon a");
      assert.equal(completion.finishReason, "length");
      assert.equal(completion.model, "other-model-3");
      assert.deepEqual(counts(completion.usage), { inputTokens: 5, outputTokens: 3 });
    },
  },
  {
    name: "`stream` yields the same text in pieces and ends with exactly one `finish`",
    run: async ({ provider, when }) => {
      await when("hello", answer(text));
      const streamed = await collect(provider, ask("hello"));
      assert.equal(streamed.text, text);
      assert.ok(streamed.events.filter((event) => event.type === "text-delta").length > 1, "the text came in one piece");
      const finish = finishOf(streamed);
      assert.equal(finish.reason, "stop");
      assert.deepEqual(counts(finish.usage), { inputTokens: 11, outputTokens: 7 });
    },
  },
  {
    name: "`stream` yields the same text in pieces and ends with exactly one `finish`: also when the reply was too long",
    run: async ({ provider, when }) => {
      await when("hello", answer("Once upon a", { finishReason: "length" }));
      const streamed = await collect(provider, ask("hello"));
      assert.equal(streamed.text, "Once upon a");
      assert.equal(finishOf(streamed).reason, "length");
    },
  },
  {
    name: "A tool call arrives whole, with an id, the tool's name and its arguments as text",
    run: async ({ provider, when }) => {
      const asText = '{"city":"Zürich \\"old town\\"","days":3}';
      await when("call", { kind: "tool-call", name: "look_up", arguments: asText });
      const completion = await provider.generate(ask("call", lookUp));
      const streamed = await collect(provider, ask("call", lookUp));
      for (const calls of [completion.toolCalls, callsOf(streamed)]) {
        assert.deepEqual(
          calls.map(({ name, arguments: text }) => ({ name, text })),
          [{ name: "look_up", text: asText }],
        );
        assert.ok(typeof calls[0]?.id === "string" && calls[0].id !== "", "the call has no id");
      }
      assert.equal(completion.finishReason, "tool-calls");
      assert.equal(finishOf(streamed).reason, "tool-calls");
    },
  },
  {
    name: "A tool call arrives whole, with an id, the tool's name and its arguments as text: unrepaired",
    run: async ({ provider, when }) => {
      const broken = '{"city":"Züri';
      await when("call", { kind: "tool-call", name: "look_up", arguments: broken });
      const streamed = await collect(provider, ask("call", lookUp));
      assert.deepEqual(
        callsOf(streamed).map((call) => call.arguments),
        [broken],
      );
    },
  },
  {
    name: "An answer that ends without the vendor's end mark throws `STREAM_INCOMPLETE`, and is never a success",
    run: async ({ provider, when }) => {
      for (const begun of ["The answer is forty", ""]) {
        await when("cut", { kind: "cut", text: begun });
        const events: ModelEvent[] = [];
        const reading = async (): Promise<void> => {
          for await (const event of provider.stream(ask("cut"))) events.push(event);
        };
        const outcome = await outcomeOf(reading());
        assert.ok("error" in outcome, "a cut stream was a success");
        assert.ok(isOrchestratorError(outcome.error, "STREAM_INCOMPLETE"), `a cut stream threw ${String(outcome.error)}`);
        assert.ok(!events.some((event) => event.type === "finish"), "a cut stream had a finish");
        assert.ok(begun.startsWith(textOf(events)), "a cut stream said something else than the vendor");
      }
    },
  },
  {
    name: "An answer that ends without the vendor's end mark throws `STREAM_INCOMPLETE`, and is never a success: nor by `generate`",
    run: async ({ provider, when }) => {
      await when("cut", { kind: "cut", text: "The answer is forty" });
      const outcome = await outcomeOf(provider.generate(ask("cut")));
      assert.ok("error" in outcome, `a cut reply was a success: ${JSON.stringify(outcome)}`);
      assert.ok(isProviderError(outcome.error), `a cut reply threw ${String(outcome.error)}`);
    },
  },
  {
    name: "A failure of the vendor throws a `ProviderError` that names the provider and says whether a retry may help",
    run: async ({ provider, when }) => {
      const retryable = { 400: false, 401: false, 429: true, 500: true, 503: true } as const;
      for (const status of [400, 401, 429, 500, 503] as const) {
        await when(`fail with ${status}`, { kind: "failure", status });
        for (const error of await failures(provider, `fail with ${status}`)) {
          assert.ok(isProviderError(error), `${status} threw ${String(error)}`);
          assert.equal(error.provider, provider.name);
          assert.equal(error.retryable, retryable[status], `whether ${status} may be tried again`);
        }
      }
    },
  },
  {
    name: "An aborted call rejects with the signal's reason and closes the connection",
    run: async (subject, limitMs) => {
      const { provider, when } = subject;
      for (const text of ["", "It begins and"]) {
        await when("hang", { kind: "hang", text });
        for (const call of [provider.generate, collect.bind(undefined, provider)]) {
          const reason = new Error("the caller gave up");
          const caller = new AbortController();
          const before = subject.requests();
          const outcome = outcomeOf<unknown>(call(ask("hang"), { signal: caller.signal }));
          await eventually(() => subject.requests() > before && subject.open() === 1, limitMs, "the request reached the vendor");
          caller.abort(reason);
          const ended = await within(outcome, limitMs, "the aborted call settles");
          assert.ok("error" in ended, "an aborted call was a success");
          assert.equal(ended.error, reason, `an aborted call rejected with ${String(ended.error)}`);
          await closed(subject, limitMs);
        }
      }
    },
  },
  {
    name: "An aborted call rejects with the signal's reason and closes the connection: in the middle of a stream",
    run: async (subject, limitMs) => {
      await subject.when("hang", { kind: "hang", text: "It begins and" });
      const reason = new Error("the caller gave up");
      const caller = new AbortController();
      const begun = Promise.withResolvers<void>();
      const reading = async (): Promise<void> => {
        for await (const event of subject.provider.stream(ask("hang"), { signal: caller.signal }))
          if (event.type === "text-delta") begun.resolve();
      };
      const outcome = outcomeOf(reading());
      await within(begun.promise, limitMs, "the first piece arrives");
      caller.abort(reason);
      const ended = await within(outcome, limitMs, "the aborted call settles");
      assert.ok("error" in ended && ended.error === reason, "the stream did not reject with the signal's reason");
      await closed(subject, limitMs);
    },
  },
  {
    name: "An aborted call rejects with the signal's reason and closes the connection: and sends nothing when it was aborted before",
    run: async ({ provider, when, requests }) => {
      await when("hello", answer("Hello there"));
      await rejectsWhenAborted((signal) => provider.generate(ask("hello"), { signal }));
      await rejectsWhenAborted((signal) => collect(provider, ask("hello"), { signal }));
      await provider.generate(ask("hello"));
      assert.equal(requests(), 1);
    },
  },
  {
    name: "Leaving a stream early closes the connection",
    run: async (subject, limitMs) => {
      const { provider, when } = subject;
      await when("hang", { kind: "hang", text: "It begins and" });
      const leave = async (): Promise<void> => {
        for await (const event of provider.stream(ask("hang"))) if (event.type === "text-delta") break;
      };
      await within(leave(), limitMs, "a reader can leave after the first piece");
      await closed(subject, limitMs);
    },
  },
  {
    name: "Nothing is sent before the first event of a stream is asked for",
    run: async ({ provider, when, requests }, limitMs) => {
      await when("hello", answer("Hello there"));
      await when("witness", answer("I saw nothing"));
      const stream = provider.stream(ask("hello"));
      const reader = stream[Symbol.asyncIterator]();
      await provider.generate(ask("witness"));
      assert.equal(requests(), 1, "the untouched stream sent its request");
      await reader.next();
      assert.equal(requests(), 2);
      await within(Promise.resolve(reader.return?.()), limitMs, "a reader can leave");
    },
  },
  {
    name: "It makes one attempt a call: retries are the caller's",
    run: async ({ provider, when, requests }) => {
      let made = 0;
      for (const status of [429, 500, 503] as const) {
        await when(`fail with ${status}`, { kind: "failure", status });
        await failures(provider, `fail with ${status}`);
        made += 2;
        assert.equal(requests(), made, `requests after ${status}`);
      }
      await when("cut", { kind: "cut", text: "The answer is" });
      await failures(provider, "cut");
      assert.equal(requests(), made + 2, "requests after a cut answer");
    },
  },
  {
    name: "Calls running at the same time do not disturb each other",
    run: async (subject, limitMs) => {
      const { provider, when } = subject;
      const prompts = Array.from({ length: 8 }, (_, index) => `question ${index}`);
      for (const prompt of prompts) await when(prompt, answer(`The answer to ${prompt} is this`));
      await when("fail", { kind: "failure", status: 500 });
      await when("hang", { kind: "hang", text: "It begins" });
      const caller = new AbortController();
      const hanging = outcomeOf(provider.generate(ask("hang"), { signal: caller.signal }));
      const failing = outcomeOf(provider.generate(ask("fail")));
      const texts = await within(
        Promise.all(
          prompts.map(async (prompt, index) => {
            const said = index % 2 === 0 ? await provider.generate(ask(prompt)) : await collect(provider, ask(prompt));
            return said.text;
          }),
        ),
        limitMs,
        "the others answer while one hangs",
      );
      assert.deepEqual(
        texts,
        prompts.map((prompt) => `The answer to ${prompt} is this`),
      );
      assert.ok("error" in (await failing));
      caller.abort();
      assert.ok("error" in (await within(hanging, limitMs, "the aborted call settles")));
      await closed(subject, limitMs);
    },
  },
  {
    name: "`close` may be called twice",
    run: async ({ provider, when }) => {
      await when("hello", answer("Hello there"));
      await provider.generate(ask("hello"));
      await provider.close?.();
      await provider.close?.();
    },
  },
];
