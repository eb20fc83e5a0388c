import { OrchestratorError, ProviderError } from "../../../src/errors.ts";
import type { CallOptions } from "../../../src/ports/call.ts";
import type { Completion, ModelEvent, ModelRequest, Provider, ToolCall } from "../../../src/ports/provider.ts";
import type { ProviderSubject } from "../../../src/testing/index.ts";
import { scriptedSubject } from "../subjects.ts";
import { type Wrong, closesOnce, forever } from "./wrong.ts";

/** Replaces members of the provider of a right subject. */
const wrong = (
  clause: number,
  does: string,
  change: (right: Provider, subject: ProviderSubject) => Partial<Provider>,
): Wrong<ProviderSubject> => ({
  clause,
  does,
  create: () => {
    const subject = scriptedSubject();
    return { ...subject, provider: { ...subject.provider, ...change(subject.provider, subject) } };
  },
});

const completed = (right: Provider, change: (completion: Completion, request: ModelRequest) => Partial<Completion>): Partial<Provider> => ({
  generate: async (request, options) => {
    const completion = await right.generate(request, options);
    return { ...completion, ...change(completion, request) };
  },
});

/** Every event becomes these. */
const streamed = (right: Provider, change: (event: ModelEvent) => readonly ModelEvent[]): Partial<Provider> => ({
  stream: async function* (request, options) {
    for await (const event of right.stream(request, options)) yield* change(event);
  },
});

const called = (right: Provider, change: (call: ToolCall) => readonly ToolCall[]): Partial<Provider> => ({
  ...completed(right, ({ toolCalls }) => ({ toolCalls: toolCalls.flatMap(change) })),
  ...streamed(right, (event) =>
    event.type === "tool-call" ? change(event.call).map((call) => ({ type: "tool-call" as const, call })) : [event],
  ),
});

/** Whatever a call throws goes through this. */
const rethrown = (right: Provider, change: (error: unknown, options: CallOptions) => unknown): Partial<Provider> => ({
  generate: (request, options = {}) =>
    right.generate(request, options).catch((error: unknown) => {
      throw change(error, options);
    }),
  stream: async function* (request, options = {}) {
    try {
      yield* right.stream(request, options);
    } catch (error) {
      throw change(error, options);
    }
  },
});

const failedWith = (error: unknown, change: Partial<ConstructorParameters<typeof ProviderError>[1]>): unknown =>
  error instanceof ProviderError && error.code === "PROVIDER_FAILED"
    ? new ProviderError(error.message, { provider: error.provider, kind: error.kind, retryable: error.retryable, ...change })
    : error;

const isCut = (error: unknown): boolean => error instanceof OrchestratorError && error.code === "STREAM_INCOMPLETE";

const finish: ModelEvent = { type: "finish", reason: "stop", usage: { inputTokens: 11, outputTokens: 7 } };

/** Settles like the promise or with the reason of the signal, whichever is first; the work goes on. */
const raced = <T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> =>
  new Promise((resolve, reject) => {
    signal?.addEventListener("abort", () => reject(signal.reason as Error));
    promise.then(resolve, reject);
  });

const retrying = (right: Provider, again: (error: unknown) => boolean): Partial<Provider> => ({
  generate: (request, options) =>
    right.generate(request, options).catch((error: unknown) => {
      if (again(error)) return right.generate(request, options);
      throw error;
    }),
});

export const wrongProviders = [
  wrong(1, "trims the text", (right) => completed(right, ({ text }) => ({ text: text.replaceAll(/\s+/g, " ") }))),
  wrong(1, "breaks characters of several bytes", (right) =>
    completed(right, ({ text }) => ({ text: Buffer.from(text).toString("latin1") })),
  ),
  wrong(1, "does not count tokens", (right) => completed(right, () => ({ usage: { inputTokens: 0, outputTokens: 0 } }))),
  wrong(1, "mixes up the token counts", (right) =>
    completed(right, ({ usage }) => ({ usage: { inputTokens: usage.outputTokens, outputTokens: usage.inputTokens } })),
  ),
  wrong(1, "names its own model, not the reply's", (right) => completed(right, () => ({ model: "my-default-model" }))),
  wrong(1, "always says `stop`", (right) => completed(right, () => ({ finishReason: "stop" }))),
  wrong(1, "passes the vendor's own word for the finish on", (right) =>
    completed(right, ({ finishReason }) => ({ finishReason: (finishReason === "stop" ? "end_turn" : finishReason) as "stop" })),
  ),
  wrong(2, "streams in one piece", (right) => ({
    stream: async function* (request, options) {
      const { text } = await right.generate(request, options);
      yield { type: "text-delta", text };
      yield finish;
    },
  })),
  wrong(2, "ends twice", (right) => streamed(right, (event) => (event.type === "finish" ? [event, event] : [event]))),
  wrong(2, "does not say that it ended", (right) => streamed(right, (event) => (event.type === "finish" ? [] : [event]))),
  wrong(2, "says something after the end", (right) =>
    streamed(right, (event) => (event.type === "finish" ? [event, { type: "text-delta", text: "" }] : [event])),
  ),
  wrong(2, "loses the last piece", (right) => {
    let held: readonly ModelEvent[] = [];
    return streamed(right, (event) => {
      const out = event.type === "finish" ? [event] : held;
      held = event.type === "finish" ? [] : [event];
      return out;
    });
  }),
  wrong(2, "says every piece twice", (right) => streamed(right, (event) => (event.type === "text-delta" ? [event, event] : [event]))),
  wrong(2, "repeats the text so far in every piece", (right) => {
    let text = "";
    return streamed(right, (event) => (event.type === "text-delta" ? [{ ...event, text: (text += event.text) }] : [event]));
  }),
  wrong(2, "does not count the tokens of a stream", (right) =>
    streamed(right, (event) => (event.type === "finish" ? [{ ...event, usage: { inputTokens: 0, outputTokens: 0 } }] : [event])),
  ),
  wrong(2, "always ends with `stop`", (right) =>
    streamed(right, (event) => (event.type === "finish" ? [{ ...event, reason: "stop" }] : [event])),
  ),
  wrong(3, "gives a call no id", (right) => called(right, (call) => [{ ...call, id: "" }])),
  wrong(3, "loses the name", (right) => called(right, (call) => [{ ...call, name: "" }])),
  wrong(3, "writes the arguments anew", (right) =>
    called(right, (call) => {
      try {
        return [{ ...call, arguments: JSON.stringify(JSON.parse(call.arguments), null, 1) }];
      } catch {
        return [call];
      }
    }),
  ),
  wrong(3, "gives the arguments as an object", (right) =>
    called(right, (call) => [{ ...call, arguments: JSON.parse(call.arguments) as string }]),
  ),
  wrong(3, "yields a call in fragments", (right) =>
    called(right, (call) => [
      { ...call, arguments: call.arguments.slice(0, 5) },
      { ...call, arguments: call.arguments.slice(5) },
    ]),
  ),
  wrong(3, "repairs the arguments", (right) =>
    called(right, (call) => [{ ...call, arguments: call.arguments.endsWith("}") ? call.arguments : `${call.arguments}"}` }]),
  ),
  wrong(3, "drops a call it cannot parse", (right) => called(right, (call) => (call.arguments.endsWith("}") ? [call] : []))),
  wrong(3, "says `stop` after a tool call", (right) => completed(right, () => ({ finishReason: "stop" }))),
  wrong(4, "takes a cut stream for a whole one", (right) => ({
    stream: async function* (request, options) {
      try {
        yield* right.stream(request, options);
      } catch (error) {
        if (!isCut(error)) throw error;
        yield finish;
      }
    },
  })),
  wrong(4, "ends a cut stream in silence", (right) => ({
    stream: async function* (request, options) {
      try {
        yield* right.stream(request, options);
      } catch (error) {
        if (!isCut(error)) throw error;
      }
    },
  })),
  wrong(4, "calls a cut stream a failure like any other", (right) =>
    rethrown(right, (error) =>
      isCut(error) ? new ProviderError("cut", { provider: "scripted", kind: "network", retryable: true }) : error,
    ),
  ),
  wrong(4, "throws an error of the runtime for a cut stream", (right) =>
    rethrown(right, (error) => (isCut(error) ? new TypeError("terminated") : error)),
  ),
  wrong(4, "takes an empty cut answer for an answer", (right) => ({
    stream: async function* (request, options) {
      let said = "";
      try {
        for await (const event of right.stream(request, options)) {
          if (event.type === "text-delta") said += event.text;
          yield event;
        }
      } catch (error) {
        if (!isCut(error) || said !== "") throw error;
        yield finish;
      }
    },
  })),
  wrong(4, "answers what came of a cut reply", (right) => ({
    generate: (request, options) =>
      right.generate(request, options).catch((error: unknown) => {
        if (!isCut(error) || !(error instanceof OrchestratorError)) throw error;
        const text = String(error.details["text"]);
        return { text, toolCalls: [], finishReason: "other", usage: { inputTokens: 0, outputTokens: 0 }, model: "m" };
      }),
  })),
  wrong(4, "makes up an ending for a cut stream", (right) => ({
    stream: async function* (request, options) {
      try {
        yield* right.stream(request, options);
      } catch (error) {
        if (isCut(error)) yield { type: "text-delta", text: "…" };
        throw error;
      }
    },
  })),
  wrong(5, "throws an error of its own", (right) =>
    rethrown(right, (error) => (error instanceof ProviderError && !isCut(error) ? new Error(error.message) : error)),
  ),
  wrong(5, "names another provider", (right) => rethrown(right, (error) => failedWith(error, { provider: "openai" }))),
  wrong(5, "says that everything may be tried again", (right) => rethrown(right, (error) => failedWith(error, { retryable: true }))),
  wrong(5, "says that nothing may be tried again", (right) => rethrown(right, (error) => failedWith(error, { retryable: false }))),
  wrong(5, "says that a rate limit is for ever", (right) =>
    rethrown(right, (error) => (error instanceof ProviderError && error.status === 429 ? failedWith(error, { retryable: false }) : error)),
  ),
  wrong(5, "answers with the failure's text", (right) => ({
    generate: (request, options) =>
      right.generate(request, options).catch((error: unknown) => {
        if (isCut(error)) throw error;
        return { text: String(error), toolCalls: [], finishReason: "stop", usage: { inputTokens: 0, outputTokens: 0 }, model: "m" };
      }),
  })),
  wrong(5, "ends a failed stream in silence", (right) => ({
    stream: async function* (request, options) {
      try {
        yield* right.stream(request, options);
      } catch {}
    },
  })),
  wrong(6, "ignores the signal", ({ generate }) => ({ generate: (request) => generate(request) })),
  wrong(6, "ignores the signal of a stream", ({ stream }) => ({ stream: (request) => stream(request) })),
  wrong(6, "rejects with a reason of its own", (right) =>
    rethrown(right, (error, { signal }) => (signal?.aborted ? new DOMException("This operation was aborted", "AbortError") : error)),
  ),
  wrong(6, "calls an abort a failure of the vendor", (right) =>
    rethrown(right, (error, { signal }) =>
      signal?.aborted ? new ProviderError("aborted", { provider: "scripted", kind: "timeout", retryable: true }) : error,
    ),
  ),
  wrong(6, "gives up but leaves the connection open", ({ generate }) => ({
    generate: (request, options) => raced(generate(request), options?.signal),
  })),
  wrong(6, "ends an aborted stream in silence", (right) => ({
    stream: async function* (request, options) {
      try {
        yield* right.stream(request, options);
      } catch (error) {
        if (options?.signal?.aborted !== true) throw error;
      }
    },
  })),
  wrong(6, "sends a request that was aborted before", ({ generate }) => ({
    generate: async (request, options) => {
      if (options?.signal?.aborted !== true) return generate(request, options);
      await generate(request);
      throw options.signal.reason;
    },
  })),
  wrong(7, "leaves the connection open when a reader leaves", ({ stream }) => ({
    stream: (request, options) => {
      const reader = stream(request, options)[Symbol.asyncIterator]();
      const unleavable = { next: () => reader.next(), return: async () => ({ done: true as const, value: undefined }) };
      return { [Symbol.asyncIterator]: () => unleavable };
    },
  })),
  wrong(7, "reads on when a reader leaves", ({ stream }) => ({
    stream: async function* (request, options) {
      const events: ModelEvent[] = [];
      let more = Promise.withResolvers<void>();
      void (async () => {
        for await (const event of stream(request, options)) {
          events.push(event);
          more.resolve();
        }
      })().catch(() => {});
      for (;;) {
        await more.promise;
        more = Promise.withResolvers();
        yield* events.splice(0);
      }
    },
  })),
  wrong(7, "waits for the vendor when a reader leaves", ({ stream }) => ({
    stream: async function* (request, options) {
      const reader = stream(request, options)[Symbol.asyncIterator]();
      try {
        for (let next = await reader.next(); next.done !== true; next = await reader.next()) yield next.value;
      } finally {
        await reader.next();
      }
    },
  })),
  wrong(8, "sends as soon as a stream is made", ({ stream }) => ({
    stream: (request, options) => {
      const reader = stream(request, options)[Symbol.asyncIterator]();
      const first = reader.next();
      first.catch(() => {});
      return (async function* () {
        const begun = await first;
        if (begun.done !== true) yield begun.value;
        yield* { [Symbol.asyncIterator]: () => reader };
      })();
    },
  })),
  wrong(8, "sends when the reader is taken", ({ stream }) => ({
    stream: (request, options) => ({
      [Symbol.asyncIterator]: () => {
        const reader = stream(request, options)[Symbol.asyncIterator]();
        const first = reader.next();
        first.catch(() => {});
        let begun = false;
        return {
          next: () => {
            if (begun) return reader.next();
            begun = true;
            return first;
          },
          return: async () => ({ done: true as const, value: undefined }),
        };
      },
    }),
  })),
  wrong(8, "sends a probe with every stream it makes", ({ stream, generate }) => ({
    stream: (request, options) => {
      generate(request).catch(() => {});
      return stream(request, options);
    },
  })),
  wrong(9, "tries a failure again", (right) => retrying(right, (error) => !isCut(error))),
  wrong(9, "tries a cut reply again", (right) => retrying(right, isCut)),
  wrong(9, "tries a stream again that failed before its first piece", ({ stream }) => ({
    stream: async function* (request, options) {
      let said = false;
      try {
        for await (const event of stream(request, options)) {
          said ||= event.type === "text-delta";
          yield event;
        }
      } catch (error) {
        if (said) throw error;
        yield* stream(request, options);
      }
    },
  })),
  wrong(10, "answers everybody with the newest answer", (right) => {
    let newest: Promise<Completion> | undefined;
    return {
      generate: async (request, options) => {
        newest = right.generate(request, options);
        newest.catch(() => {});
        await new Promise(setImmediate);
        return newest;
      },
    };
  }),
  wrong(10, "answers one call at a time", (right) => {
    let last: Promise<unknown> = Promise.resolve();
    return {
      generate: (request, options) => {
        const mine = last.catch(() => {}).then(() => right.generate(request, options));
        last = mine;
        return mine;
      },
    };
  }),
  wrong(10, "one failure fails all", (right) => {
    let broken: unknown;
    return {
      generate: async (request, options) => {
        const completion = await right.generate(request, options).catch((error: unknown) => {
          broken = error;
          throw error;
        });
        await new Promise(setImmediate);
        if (broken !== undefined) throw broken;
        return completion;
      },
    };
  }),
  wrong(11, "fails to close twice", closesOnce),
  wrong(11, "never ends closing", () => ({ close: forever })),
];
