import {
  type CallOptions,
  type Completion,
  type ModelEvent,
  type ModelRequest,
  OrchestratorError,
  type Provider,
  defineProvider,
  isProviderError,
} from "@hydrogenai/core";
import { callScope } from "../wire/call-scope.ts";
import { fittingProvider } from "../wire/fitting-provider.ts";
import { type CallLimits, checkedLimits } from "../wire/limits.ts";
import { type Callee, vendorError } from "../wire/vendor-error.ts";
import { callOptions } from "./call-options.ts";
import { modelError } from "./model-error.ts";
import { completionIn, headersIn } from "./model-reply.ts";
import { partReader } from "./stream-parts.ts";

/** A language model of the AI SDK, of any version of its specification since 2: what `openai("gpt-4o-mini")` of `@ai-sdk/openai` answers. */
export interface AiSdkModel {
  readonly specificationVersion: string;
  readonly provider: string;
  readonly modelId: string;
  doGenerate(options: object): PromiseLike<object>;
  doStream(options: object): PromiseLike<object>;
}

export interface FromAiSdkOptions extends CallLimits {
  /** Names the vendor in results, errors and health. @default the model's `provider` */
  readonly name?: string | undefined;
  /** The key the model was made with, to be kept out of messages; the model does not tell it. */
  readonly secret?: string | undefined;
}

/** Rejects when the signal aborts, also while the promise never settles. */
function orAborted<T>(promise: PromiseLike<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    signal.addEventListener("abort", onAbort, { once: true });
    Promise.resolve(promise)
      .then(resolve, reject)
      .finally(() => signal.removeEventListener("abort", onAbort));
  });
}

/** The stream of a reply, whosever implementation of streams it is. */
function streamIn(reply: object): ReadableStream<unknown> | undefined {
  const stream: unknown = "stream" in reply ? reply.stream : undefined;
  if (typeof stream !== "object" || stream === null || !("getReader" in stream)) return undefined;
  return stream as ReadableStream<unknown>;
}

/** Lets go of a reply that comes when nobody waits for it any more. */
const discard = (asked: PromiseLike<object>): void =>
  void Promise.resolve(asked)
    .then((reply) => streamIn(reply)?.cancel())
    .catch(() => {});

/** Milliseconds a stream may go on after it said how the answer ended. */
const closedGraceMs = 100;

/**
 * Any language model of the Vercel AI SDK as a provider: one attempt a call, with this library's limits and kinds of failure. A reply whose
 * end the vendor did not give a reason for is `incomplete`. It answers with its own model only.
 */
export function fromAiSdk(model: AiSdkModel, options: FromAiSdkOptions = {}): Provider {
  const { name = model.provider, secret, ...given } = options;
  const { modelId, specificationVersion } = model;
  if (typeof model.doStream !== "function")
    throw new OrchestratorError("CONFIG_INVALID", "fromAiSdk needs a language model of the AI SDK, not its name");
  const limits = checkedLimits(given);

  function begin(request: ModelRequest, callerOptions: CallOptions | undefined) {
    const caller = callerOptions?.signal;
    caller?.throwIfAborted();
    const callee: Callee = { provider: name, model: request.model ?? modelId, secret };
    if (callee.model !== modelId) throw vendorError(callee, "model-not-found", `it has the model ${modelId} and no other`);
    const asked = callOptions(request, specificationVersion);
    const scope = callScope(caller, limits, (what) => vendorError(callee, "timeout", what));
    let begun = false;
    return {
      ...scope,
      callee,
      options: { ...asked, abortSignal: scope.signal },
      begin() {
        begun = true;
        scope.progress();
      },
      /** The caller's own reason first, then what the model said, then the time that was up. */
      failure(error: unknown): unknown {
        if (caller?.aborted) return caller.reason;
        if (isProviderError(error) && error.provider === name) return error;
        return scope.reason() ?? modelError(error, callee, begun);
      },
      bounded(chars: number): void {
        if (chars > limits.maxReplyBytes)
          throw vendorError(callee, "malformed", `the answer is longer than ${limits.maxReplyBytes} characters`);
      },
    };
  }

  async function generate(request: ModelRequest, callerOptions?: CallOptions): Promise<Completion> {
    const call = begin(request, callerOptions);
    try {
      const completion = completionIn(await orAborted(model.doGenerate(call.options), call.signal), call.callee);
      call.bounded(completion.text.length);
      return completion;
    } catch (error) {
      throw call.failure(error);
    } finally {
      call.end();
    }
  }

  async function* stream(request: ModelRequest, callerOptions?: CallOptions): AsyncGenerator<ModelEvent, void, void> {
    const call = begin(request, callerOptions);
    let reader: ReadableStreamDefaultReader<unknown> | undefined;
    // A model may ignore the signal; a reader that is cancelled ends all the same.
    const leave = (): void => void reader?.cancel(call.reason()).catch(() => {});
    call.signal.addEventListener("abort", leave, { once: true });
    try {
      const asked = model.doStream(call.options);
      const reply = await orAborted(asked, call.signal).catch((error: unknown) => {
        discard(asked);
        throw error;
      });
      reader = streamIn(reply)?.getReader();
      if (reader === undefined) throw vendorError(call.callee, "malformed", "the reply has no stream");
      const parts = partReader(call.callee, headersIn(reply));
      yield parts.start();
      for (let next = await reader.read(); !next.done && !call.signal.aborted; next = await reader.read()) {
        const read = parts.read(next.value);
        if (read === undefined) continue;
        call.bounded(parts.said());
        call.waits(false);
        for (const event of read) yield event;
        call.begin();
        call.waits(true);
        if (parts.finish() !== undefined) call.complete(closedGraceMs);
      }
      callerOptions?.signal?.throwIfAborted();
      const finish = parts.finish();
      if (finish === undefined) {
        call.signal.throwIfAborted();
        throw vendorError(call.callee, "incomplete", "the answer stopped without its end mark");
      }
      yield finish;
    } catch (error) {
      throw call.failure(error);
    } finally {
      call.signal.removeEventListener("abort", leave);
      call.end();
      leave();
    }
  }

  // A model that takes no schema only warns.
  const provider = defineProvider({ name, model: modelId, generate, stream });
  return fittingProvider(
    provider,
    () => ({ provider: name, model: modelId, secret }),
    () => true,
  );
}
