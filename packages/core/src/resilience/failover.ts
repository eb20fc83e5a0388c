import { OrchestratorError, ProviderError, isProviderError } from "../errors.ts";
import type { CallOptions } from "../ports/call.ts";
import type { ModelEvent, ModelRequest, Provider, Usage } from "../ports/provider.ts";
import type { Attempt } from "../ports/query.ts";
import { defineProvider } from "../provider.ts";

export interface FailoverOptions {
  /** What happens to a stream that fails after its first token: `error` ends it, `restart` sends a `text-reset` and asks the next vendor. @default "restart" */
  readonly afterFirstToken?: "error" | "restart" | undefined;
}

export interface FailoverCallOptions extends CallOptions {
  /** Told of every attempt when it ended. */
  readonly onAttempt?: ((attempt: Attempt) => void) | undefined;
  readonly onFailover?: ((failover: { readonly from: string; readonly to: string; readonly reason: string }) => void) | undefined;
}

/** What another vendor would refuse as well, so that asking it is no use. */
const final = new Set<ProviderError["kind"]>(["bad-request", "content-filter"]);

const asProviderError = (error: unknown, provider: string): ProviderError =>
  isProviderError(error)
    ? error
    : new ProviderError(`${provider} failed: ${error instanceof Error ? error.message : String(error)}`, { provider, kind: "unknown", cause: error });

/** Asks the vendors in order until one answers whole. Rejects with `PROVIDERS_EXHAUSTED` when none did. */
export function failover(providers: readonly Provider[], { afterFirstToken = "restart" }: FailoverOptions = {}): Provider {
  async function* stream(request: ModelRequest, options: FailoverCallOptions = {}): AsyncGenerator<ModelEvent, void, void> {
    const { signal, onAttempt, onFailover } = options;
    const errors: ProviderError[] = [];
    for (const [at, provider] of providers.entries()) {
      const startedAt = performance.now();
      const told = (outcome: Attempt["outcome"], more: Partial<Attempt>): void =>
        onAttempt?.({ provider: provider.name, outcome, durationMs: performance.now() - startedAt, ...more });
      let shown = false;
      let usage: Usage | undefined;
      try {
        for await (const event of provider.stream(request, { signal })) {
          if (event.type === "finish") {
            usage = event.usage;
            told("ok", { model: event.model, usage });
            yield { ...event, provider: event.provider ?? provider.name };
            return;
          }
          shown ||= event.type === "text-delta";
          yield event;
        }
        throw new ProviderError(`${provider.name} ended its answer without an end mark`, { provider: provider.name, kind: "incomplete", retryable: true });
      } catch (thrown) {
        if (signal?.aborted) {
          told("aborted", {});
          throw signal.reason;
        }
        const error = asProviderError(thrown, provider.name);
        told("failed", { error: error.code, kind: error.kind, model: error.model });
        if (final.has(error.kind) || (shown && afterFirstToken === "error")) throw error;
        errors.push(error);
        const next = providers[at + 1];
        if (next !== undefined) onFailover?.({ from: provider.name, to: next.name, reason: error.kind });
        if (shown) yield { type: "text-reset", reason: error.message };
      }
    }
    const cause = new AggregateError(errors, "every vendor failed");
    throw new OrchestratorError("PROVIDERS_EXHAUSTED", `no model vendor answered: ${errors.map(({ message }) => message).join("; ")}`, { retryable: true, cause });
  }
  return defineProvider({
    name: `failover(${providers.map(({ name }) => name).join(", ")})`,
    stream,
    async close() {
      await Promise.allSettled(providers.map((provider) => provider.close?.()));
    },
  });
}

