import { systemClock } from "../clock.ts";
import { OrchestratorError, ProviderError, type ProviderFailure } from "../errors.ts";
import type { CallOptions } from "../ports/call.ts";
import type { Clock } from "../ports/clock.ts";
import type { ModelEvent, ModelRequest, Provider, Usage } from "../ports/provider.ts";
import type { Attempt } from "../ports/query.ts";
import { defineProvider } from "../provider.ts";
import { checkedFailover } from "./vendors/check-options.ts";
import { openAttempt } from "./vendors/attempt.ts";
import type { Pass } from "./vendors/breaker.ts";
import { pace } from "./vendors/pace.ts";
import { pauseFor } from "./vendors/pause-for.ts";
import { asProviderError, conduct } from "./vendors/policy.ts";
import { type PriceTable, costOf, defaultPrices, priceOf } from "./vendors/prices.ts";
import { retryBudget } from "./vendors/retry-budget.ts";
import { type Candidate, turns } from "./vendors/turns.ts";
import { type VendorChange, type VendorHealth, vendors } from "./vendors/vendors.ts";
import { watchdog } from "./vendors/watchdog.ts";

/** What happens when a vendor fails after text of its answer was passed on. */
export type AfterFirstToken = "error" | "buffer" | "restart";

export interface FailoverOptions {
  /** Milliseconds of the whole call over all attempts. @default 60000 */
  readonly timeoutMs?: number | undefined;
  /** Milliseconds until an answer must have begun; half of what is left of the call where that is less and another vendor is ready. @default 10000 */
  readonly firstTokenTimeoutMs?: number | undefined;
  /** Milliseconds between two pieces of an answer. @default 15000 */
  readonly idleTimeoutMs?: number | undefined;
  /** Attempts of one call over all vendors. @default 3, or as many as there are vendors */
  readonly maxAttempts?: number | undefined;
  /**
   * `error` ends the stream with one `STREAM_INCOMPLETE` whose `details.text` is the text so far; `restart` sends a `text-reset`, which voids
   * that text, and asks the next vendor; `buffer` shows nothing until the answer is whole. `generate` shows nothing and always goes on. @default "error"
   */
  readonly afterFirstToken?: AfterFirstToken | undefined;
  /**
   * When every vendor is out: `probe` asks one that failed all the same, one call at a time and once a second at most, and waits for one that
   * asked to be left alone; `wait` waits for either; `fail` rejects at once. Nobody is waited for longer than a minute or the deadline. @default "probe"
   */
  readonly onExhausted?: "probe" | "wait" | "fail" | undefined;
  /** Refusals after which the other vendors are asked all the same; by default they end the call, since others would refuse as well. */
  readonly tryOthersOn?: readonly ("content-filter" | "bad-request")[] | undefined;
  /** Which providers to ask for this request and in which order, as for weights or conditions. @default all, as given */
  readonly order?: ((providers: readonly Provider[], request: ModelRequest) => readonly Provider[]) | undefined;
  /** What models cost; these entries are added to the table that is built in. */
  readonly prices?: PriceTable | undefined;
  /** Told once of every change of a vendor's breaker. */
  readonly onChange?: ((change: VendorChange) => void) | undefined;
  /** For tests. @default the process's own */
  readonly clock?: Clock | undefined;
}

export interface FailoverCallOptions extends CallOptions {
  /** Instead of the option of the same name. */
  readonly afterFirstToken?: AfterFirstToken | undefined;
  /** Milliseconds left for this call, where that is less than the option of the same name. */
  readonly timeoutMs?: number | undefined;
  /** Told of every attempt when it ended. */
  readonly onAttempt?: ((attempt: Attempt) => void) | undefined;
  readonly onFailover?: ((failover: { readonly from: string; readonly to: string; readonly reason: string }) => void) | undefined;
}

/** Several providers as one. */
export interface Failover extends Provider {
  /** How each vendor and model that was asked is doing; asks nobody. */
  readonly vendors: () => readonly VendorHealth[];
  /** The same with one of the providers only; what is known of it is shared. Undefined for a name that is not there. */
  readonly only: (name: string) => Provider | undefined;
}

const charsPerToken = 4;

/** Tokens the request takes at a guess, for what a vendor says is left. */
function estimatedTokens({ messages, maxOutputTokens = 0 }: ModelRequest): number {
  let chars = 0;
  for (const { content } of messages)
    if (typeof content === "string") chars += content.length;
    else for (const part of content) if (part.type === "text") chars += part.text.length;
  return Math.ceil(chars / charsPerToken) + maxOutputTokens;
}

/** What a failed attempt used: as the vendor said, or the pieces that came. Undefined when it had not begun. */
function usageOf(error: ProviderError, request: ModelRequest, pieces: number): Usage | undefined {
  const told = error.details["usage"];
  // An adapter that knows the usage puts it there in the shape of the port.
  if (typeof told === "object" && told !== null && "inputTokens" in told) return told as Usage;
  return pieces === 0 ? undefined : { inputTokens: estimatedTokens({ ...request, maxOutputTokens: 0 }), outputTokens: pieces };
}

const isPiece = ({ type }: ModelEvent): boolean => type === "text-delta" || type === "reasoning-delta" || type === "tool-call";

/**
 * Asks the vendors in order until one answers whole: the one place that retries, under one deadline, by kind of failure. What a reader saw
 * is never continued by another vendor's text, and an answer without its end is never a success. Rejects with `PROVIDERS_EXHAUSTED` when
 * nobody answered; its `retryAfterMs` says when somebody may. Closing it closes the providers.
 */
export function failover(providers: readonly Provider[], options: FailoverOptions = {}): Failover {
  const { clock = systemClock, onExhausted = "probe", order, tryOthersOn = [] } = options;
  const { timeoutMs, firstTokenTimeoutMs, idleTimeoutMs, maxAttempts } = checkedFailover(options, providers.length);
  const prices = { ...defaultPrices, ...options.prices };
  const random = Math.random;
  const budget = retryBudget();
  const dog = watchdog(clock);
  const known = vendors({ clock, random, onChange: options.onChange });
  const rules = { clock, random, budget, maxAttempts, onExhausted };

  const endsCall = (kind: ProviderFailure): boolean => !conduct[kind].others && !tryOthersOn.some((other) => other === kind);

  function cost(model: string | undefined, usage: Usage | undefined): number | undefined {
    const price = model === undefined || usage === undefined ? undefined : priceOf(model, prices);
    return price === undefined ? undefined : costOf(usage!, price);
  }

  async function* ask(
    among: readonly Provider[],
    request: ModelRequest,
    call: FailoverCallOptions,
  ): AsyncGenerator<ModelEvent, void, void> {
    const { signal, onAttempt, onFailover } = call;
    const mode = call.afterFirstToken ?? options.afterFirstToken ?? "error";
    const deadlineMs = clock.now() + Math.min(timeoutMs, call.timeoutMs ?? Infinity);
    const candidates = (order?.(among, request) ?? among).map((provider): Candidate => ({
      provider,
      vendor: known.of(provider, request.model),
      failures: [],
    }));
    const turn = turns(candidates, estimatedTokens(request), deadlineMs, rules);
    const errors: ProviderError[] = [];
    let last: Candidate | undefined;

    // One that began to answer and failed is no passing fault, and is not asked again at once.
    let again: Candidate | undefined;
    for (let next = turn.next(again); next !== undefined; next = turn.next(again)) {
      signal?.throwIfAborted();
      if ("waitMs" in next) {
        again = undefined;
        await pauseFor(next.waitMs, clock, signal);
        continue;
      }
      const { candidate, pass, afterMs } = next;
      const { provider, vendor } = candidate;
      if (last !== undefined && last !== candidate)
        onFailover?.({ from: last.provider.name, to: provider.name, reason: errors.at(-1)!.kind });
      if (afterMs > 0) await pausedFor(afterMs, pass, signal);
      last = candidate;
      let begun = false;

      const startedMs = clock.now();
      const time = pace({ startedMs, deadlineMs, firstTokenTimeoutMs, idleTimeoutMs, hasOthers: turn.othersThan(candidate) });
      const attempt = openAttempt({
        open: (options) => provider.stream(request, known.isFailover(provider) ? forwarded(options, call, mode) : options),
        caller: signal,
        dog,
        tooSlow: () => new ProviderError(`${provider.name}: ${time.why()}`, { provider: provider.name, kind: "timeout", retryable: true }),
      });
      const told = (outcome: Attempt["outcome"], more: Partial<Attempt>): void => {
        const costUsd = cost(more.model, more.usage);
        if (outcome !== "aborted") vendor.count(outcome === "failed", more.usage, costUsd);
        // A failover inside this one tells of its own attempts.
        if (!known.isFailover(provider))
          onAttempt?.({ provider: provider.name, outcome, durationMs: clock.now() - startedMs, costUsd, ...more });
      };
      const held: ModelEvent[] = [];
      let model = request.model;
      let text = "";
      let pieces = 0;
      let settled = false;
      try {
        for (;;) {
          const event = await attempt.next(time.dueMs(clock.now()));
          if (event === undefined) throw cutOff(provider.name, model);
          begun = true;
          if (isPiece(event)) {
            if (pieces === 0) vendor.answered(clock.now() - startedMs);
            pieces++;
            time.piece();
          }
          if (event.type === "start") model = event.model ?? model;
          else if (event.type === "text-delta") text += event.text;
          else if (event.type === "text-reset") text = "";
          if (event.type === "finish") {
            settled = true;
            pass.succeeded();
            if (event.rateLimits !== undefined) vendor.limited(event.rateLimits);
            told("ok", { model: event.model ?? model, usage: event.usage });
            yield* held;
            yield event.provider === undefined ? { ...event, provider: provider.name } : event;
            return;
          }
          // A tool call counts only in an answer that ended well, so it waits for the end.
          if (mode === "buffer" || event.type === "tool-call") held.push(event);
          else yield event;
        }
      } catch (thrown) {
        settled = true;
        if (signal?.aborted) {
          pass.dropped();
          told("aborted", { model });
          throw signal.reason;
        }
        const error = asProviderError(thrown, provider.name);
        if (conduct[error.kind].counts) pass.failed(error.message);
        else pass.succeeded();
        vendor.rest(error);
        candidate.failures.push(error);
        errors.push(error);
        again = begun ? undefined : candidate;
        told("failed", { error: error.code, kind: error.kind, model: error.model ?? model, usage: usageOf(error, request, pieces) });
        const shown = mode !== "buffer" && text !== "";
        if (shown && mode === "error") throw incomplete(error, text);
        if (endsCall(error.kind)) throw error;
        if (shown) yield { type: "text-reset", reason: error.message };
      } finally {
        attempt.close();
        if (!settled) {
          pass.dropped();
          told("aborted", { model });
        }
      }
    }
    throw exhausted(candidates, errors);
  }

  async function pausedFor(ms: number, pass: Pass, signal: AbortSignal | undefined): Promise<void> {
    try {
      await pauseFor(ms, clock, signal);
    } catch (reason) {
      pass.dropped();
      throw reason;
    }
  }

  function provider(name: string, among: readonly Provider[]): Provider {
    const stream = (request: ModelRequest, call: FailoverCallOptions = {}): AsyncIterable<ModelEvent> => ask(among, request, call);
    // Whoever reads to the end sees nothing before it.
    const rescuing = defineProvider({ name, stream: (request, call) => ask(among, request, { ...call, afterFirstToken: "restart" }) });
    return defineProvider({ name, stream, generate: rescuing.generate });
  }

  const all = provider(`failover(${providers.map(({ name }) => name).join(", ")})`, providers);
  const single = new Map(providers.map((each) => [each.name, provider(each.name, [each])]));
  const made: Failover = {
    ...all,
    vendors: known.health,
    only: (name) => single.get(name),
    async close() {
      await Promise.allSettled(providers.map(async (each) => each.close?.()));
    },
  };
  known.markFailover(made);
  return made;
}

/** A failover inside another hears of the caller's wishes; a vendor has no use for them. */
function forwarded({ signal }: CallOptions, call: FailoverCallOptions, afterFirstToken: AfterFirstToken): FailoverCallOptions {
  return { ...call, signal, afterFirstToken };
}

function cutOff(provider: string, model: string | undefined): ProviderError {
  return new ProviderError(`${provider} ended its answer without an end mark`, { provider, model, kind: "incomplete", retryable: true });
}

/** The one way a stream ends whose reader has seen text of an answer that will not be whole. */
function incomplete(error: ProviderError, text: string): ProviderError {
  const { provider, model, status, requestId, kind, details } = error;
  return new ProviderError(error.message, {
    provider,
    model,
    status,
    requestId,
    kind: "incomplete",
    retryable: true,
    details: { ...details, text, reason: kind },
    cause: error,
  });
}

function exhausted(candidates: readonly Candidate[], errors: readonly ProviderError[]): OrchestratorError {
  const waits = candidates.map(({ vendor }) => Math.max(vendor.restsForMs(), vendor.breaker.waitMs()));
  const resting = candidates.flatMap(({ provider, vendor: { health } }) => {
    const { status, detail } = health();
    return status === "up" ? [] : [`${provider.name} is ${detail ?? status}`];
  });
  const reasons = errors.length > 0 ? errors.map(({ message }) => message) : resting;
  const retryAfterMs = Math.ceil(Math.min(...waits));
  return new OrchestratorError("PROVIDERS_EXHAUSTED", `no model vendor answered: ${reasons.join("; ")}`, {
    retryable: true,
    details: { kinds: errors.map(({ kind }) => kind), ...(Number.isFinite(retryAfterMs) && { retryAfterMs }) },
    cause: new AggregateError(errors, "every vendor failed"),
  });
}
