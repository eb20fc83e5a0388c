import { systemClock } from "../clock.ts";
import { type OrchestratorError, ProviderError, type ProviderFailure, isOrchestratorError, isProviderError } from "../errors.ts";
import type { CallOptions } from "../ports/call.ts";
import type { ModelEvent, ModelRequest, Provider, Usage } from "../ports/provider.ts";
import type { Attempt } from "../ports/query.ts";
import { defineProvider } from "../provider.ts";
import { compositeOf, isComposite } from "./composite.ts";
import type { AfterFirstToken, Failover, FailoverCallOptions, FailoverOptions } from "./failover-options.ts";
import type { Hold } from "./money/account.ts";
import { leastOutputTokens } from "./money/estimate.ts";
import { metered } from "./money/metered-call.ts";
import { openAttempt } from "./vendors/attempt.ts";
import type { Pass } from "./vendors/breaker.ts";
import { checkedFailover } from "./vendors/check-options.ts";
import { crossed, cutOff, emptyAnswer, exhausted, incomplete } from "./vendors/endings.ts";
import { pace } from "./vendors/pace.ts";
import { pauseFor } from "./vendors/pause-for.ts";
import { asProviderError, conduct } from "./vendors/policy.ts";
import { type Price, costOf, defaultPrices, priceOf } from "./vendors/prices.ts";
import { retryBudget } from "./vendors/retry-budget.ts";
import { sharedOutages } from "./vendors/shared-outages.ts";
import { estimatedTokens, usageOf, usageSoFar } from "./vendors/tokens.ts";
import { type Candidate, turns } from "./vendors/turns.ts";
import { type VendorChange, vendors } from "./vendors/vendors.ts";
import { watchdog } from "../watchdog.ts";

export type { AfterFirstToken, Failover, FailoverCallOptions, FailoverOptions } from "./failover-options.ts";

/** Waits for what comes before the call; should that fail, the vendor was not asked. */
async function orDrop<T>(pass: Pass, waiting: Promise<T>): Promise<T> {
  try {
    return await waiting;
  } catch (reason) {
    pass.dropped();
    throw reason;
  }
}

const maxPriced = 1_000;

/** What no vendor is to blame for, and no other can help with. */
const isLimit = (error: unknown): error is OrchestratorError =>
  isOrchestratorError(error, "BUDGET_EXCEEDED") || isOrchestratorError(error, "RATE_LIMITED");

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
  const priced = new Map<string, Price | undefined>();
  const random = Math.random;
  const budget = retryBudget();
  const dog = watchdog(clock);
  const listeners: ((change: VendorChange) => void)[] = options.onChange === undefined ? [] : [options.onChange];
  const tell = (change: VendorChange): void => {
    for (const listener of listeners) {
      try {
        listener(change);
      } catch {
        // A listener's defect is its own, and no vendor's.
      }
    }
  };
  const known = vendors({
    clock,
    random,
    rule: options.breaker,
    outages: options.state === undefined ? undefined : sharedOutages(options.state),
    onChange: tell,
  });
  for (const each of providers) if (isComposite(each)) each.watch(tell);
  const rules = { clock, random, budget, maxAttempts, onExhausted };

  const endsCall = (kind: ProviderFailure): boolean => !conduct[kind].others && !tryOthersOn.some((other) => other === kind);

  function cost(model: string | undefined, usage: Usage | undefined): number | undefined {
    const price = model === undefined || usage === undefined ? undefined : priceFor(model);
    return price === undefined ? undefined : costOf(usage!, price);
  }

  function priceFor(model: string): Price | undefined {
    if (priced.has(model)) return priced.get(model);
    // Models are named by vendors, who may name as many as they like.
    if (priced.size >= maxPriced) priced.clear();
    const price = priceOf(model, prices) ?? options.unknownPrice;
    priced.set(model, price);
    return price;
  }

  async function* ask(
    among: (request: ModelRequest) => readonly Provider[],
    request: ModelRequest,
    call: FailoverCallOptions,
  ): AsyncGenerator<ModelEvent, void, void> {
    const { signal, onAttempt, onFailover } = call;
    const mode = call.afterFirstToken ?? options.afterFirstToken ?? "error";
    const deadlineMs = clock.now() + Math.min(timeoutMs, call.timeoutMs ?? Infinity);
    const candidates = among(request).map((provider): Candidate => ({
      provider,
      vendor: known.of(provider, request.model),
      failures: [],
    }));
    const tokens = estimatedTokens(request);
    const turn = turns(candidates, tokens, deadlineMs, rules);
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
      if (afterMs > 0) await orDrop(pass, pauseFor(afterMs, clock, signal));
      last = candidate;
      let begun = false;
      const meter = isComposite(provider) ? undefined : call.meter;
      const asked = meter === undefined ? request : { ...request, maxOutputTokens: request.maxOutputTokens ?? meter.maxOutputTokens };
      let hold: Hold | undefined;
      try {
        if (meter !== undefined)
          hold = await orDrop(
            pass,
            meter.reserve(metered(provider, asked, priceFor, prices), { timeoutMs: deadlineMs - clock.now(), signal }),
          );
      } catch (error) {
        if (!isProviderError(error)) throw error;
        // What the caller may spend on this vendor is spent; that is nothing to know of the vendor.
        candidate.failures.push(error);
        errors.push(error);
        again = undefined;
        const { code, message, kind } = error;
        onAttempt?.({
          provider: provider.name,
          model: request.model ?? provider.model,
          outcome: "failed",
          error: code,
          message,
          kind,
          durationMs: 0,
        });
        continue;
      }

      vendor.asked(tokens);
      const startedMs = clock.now();
      const time = pace({ startedMs, deadlineMs, firstTokenTimeoutMs, idleTimeoutMs, hasOthers: turn.othersThan(candidate) });
      const attempt = openAttempt({
        open: (options) => provider.stream(asked, isComposite(provider) ? forwarded(options, call, mode) : options),
        caller: signal,
        dog,
        tooSlow: () => new ProviderError(`${provider.name}: ${time.why()}`, { provider: provider.name, kind: "timeout", retryable: true }),
      });
      const told = (outcome: Attempt["outcome"], more: Partial<Attempt>): void => {
        const costUsd = cost(more.model, more.usage);
        const durationMs = clock.now() - startedMs;
        vendor.ended(tokens);
        if (outcome !== "aborted") vendor.count(outcome === "failed", durationMs, more.usage, costUsd);
        hold?.settle(more.usage, costUsd);
        // A failover inside this one tells of its own attempts.
        if (!isComposite(provider)) onAttempt?.({ provider: provider.name, outcome, durationMs, costUsd, budgetLeft: hold?.left, ...more });
      };
      const held: ModelEvent[] = [];
      let model = request.model;
      let text = "";
      let called = false;
      let pieces = 0;
      let chars = 0;
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
            if (hold !== undefined) {
              if ("text" in event) chars += event.text.length;
              if (leastOutputTokens(pieces, chars) > (asked.maxOutputTokens ?? Infinity)) throw crossed(provider.name, asked, text);
            }
          }
          if (event.type === "start") {
            model = event.model ?? model;
            if (event.rateLimits !== undefined) vendor.limited(event.rateLimits);
          } else if (event.type === "text-delta") text += event.text;
          else if (event.type === "text-reset") text = "";
          if (event.type === "finish") {
            if (text === "" && !called) throw emptyAnswer(provider.name, event.model ?? model, event);
            settled = true;
            pass.succeeded();
            if (event.rateLimits !== undefined) vendor.limited(event.rateLimits);
            told("ok", { model: event.model ?? model, usage: event.usage });
            yield* held;
            yield event.provider === undefined ? { ...event, provider: provider.name } : event;
            return;
          }
          // A tool call counts only in an answer that ended well, so it waits for the end.
          if (event.type === "tool-call") called = true;
          if (mode === "buffer" || event.type === "tool-call") held.push(event);
          else yield event;
        }
      } catch (thrown) {
        settled = true;
        if (signal?.aborted) {
          pass.dropped();
          told("aborted", { model, usage: usageSoFar(request, pieces) });
          throw signal.reason;
        }
        if (isLimit(thrown)) {
          pass.dropped();
          told("aborted", { error: thrown.code, model, usage: usageSoFar(request, pieces) });
          throw thrown;
        }
        const error = asProviderError(thrown, provider.name);
        if (conduct[error.kind].counts) pass.failed(error.message);
        else pass.succeeded();
        vendor.rest(error);
        candidate.failures.push(error);
        errors.push(error);
        again = begun ? undefined : candidate;
        told("failed", {
          error: error.code,
          message: error.message,
          kind: error.kind,
          model: error.model ?? model,
          usage: usageOf(error, request, pieces),
        });
        const shown = mode !== "buffer" && text !== "";
        if (shown && mode === "error") throw incomplete(error, text);
        if (endsCall(error.kind)) throw error;
        if (shown) yield { type: "text-reset", reason: error.message };
      } finally {
        attempt.close();
        if (!settled) {
          pass.dropped();
          told("aborted", { model, usage: usageSoFar(request, pieces) });
        }
      }
    }
    throw exhausted(candidates, errors);
  }

  function provider(name: string, among: (request: ModelRequest) => readonly Provider[]): Provider {
    const stream = (request: ModelRequest, call: FailoverCallOptions = {}): AsyncIterable<ModelEvent> => ask(among, request, call);
    // Whoever reads to the end sees nothing before it.
    const rescuing = defineProvider({ name, stream: (request, call) => ask(among, request, { ...call, afterFirstToken: "restart" }) });
    return defineProvider({ name, stream, generate: rescuing.generate });
  }

  const inOrder = (request: ModelRequest): readonly Provider[] => order?.(providers, request) ?? providers;
  const all = provider(`failover(${providers.map(({ name }) => name).join(", ")})`, inOrder);
  // Who is asked for by name needs no place in the order.
  const single = new Map(providers.map((each) => [each.name, provider(each.name, () => [each])]));
  const whole = compositeOf({
    ...all,
    vendors: known.health,
    watch: (listener) => void listeners.push(listener),
    close: async () => void (await Promise.allSettled(providers.map(async (each) => each.close?.()))),
  });
  return { ...whole, only: (name) => single.get(name) };
}

/** A failover inside another hears of the caller's wishes; a vendor has no use for them. */
function forwarded({ signal }: CallOptions, call: FailoverCallOptions, afterFirstToken: AfterFirstToken): FailoverCallOptions {
  return { ...call, signal, afterFirstToken };
}
