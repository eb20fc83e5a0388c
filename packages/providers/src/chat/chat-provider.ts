import { type CallOptions, type Completion, type ModelRequest, OrchestratorError, type Provider, defineProvider } from "@hydrogenai/core";
import { fittingProvider } from "../wire/fitting-provider.ts";
import { type CallLimits, checkedLimits } from "../wire/limits.ts";
import { type Send, type VendorCall, callForEvents, callForJson } from "../wire/vendor-call.ts";
import type { Callee } from "../wire/vendor-error.ts";
import { completionIn } from "./reply.ts";
import { type Dialect, chatBody } from "./request.ts";
import { chatReader } from "./stream.ts";

/** What every vendor's options have in common. */
export interface VendorOptions extends CallLimits {
  /** Names the vendor in results, errors and health. @default the vendor's own name */
  readonly name?: string | undefined;
  /** The model of requests that name none. */
  readonly model: string;
  readonly apiKey: string;
  /** Instead of the vendor's own address, as for a proxy. */
  readonly baseURL?: string | undefined;
}

interface ChatVendor extends CallLimits, Dialect {
  readonly name: string;
  readonly model: string;
  readonly secret: string | undefined;
  /** Loads the SDK and makes its client; called with the first request. */
  readonly connect: () => Promise<Send>;
}

/** Throws `CONFIG_INVALID` for a text that is missing or blank, naming what to do. */
export function required(vendor: string, what: string, value: string | undefined): string {
  if (typeof value === "string" && value.trim() !== "") return value;
  throw new OrchestratorError("CONFIG_INVALID", `${vendor} needs ${what}`);
}

/** A key as it goes into a header, without space around it; throws `CONFIG_INVALID`, not showing it, for what no header can hold. */
export function checkedKey(vendor: string, what: string, key: string | undefined): string {
  const secret = required(vendor, what, key).trim();
  if (/^[\x21-\x7e]+$/.test(secret)) return secret;
  throw new OrchestratorError("CONFIG_INVALID", `the apiKey of ${vendor} has characters in it that no key has`);
}

/** A connection made with the first call, once; a failed try is not kept. */
export function connectOnce(connect: () => Promise<Send>): () => Promise<Send> {
  let connected: Promise<Send> | undefined;
  return () =>
    (connected ??= connect().catch((error: unknown) => {
      connected = undefined;
      throw error;
    }));
}

/** A provider for a vendor that speaks the format of OpenAI's chat completions. One attempt a call. */
export function chatProvider({ name, model: ownModel, secret, connect, maxTokens, ...given }: ChatVendor): Provider {
  const limits = checkedLimits(given);
  const connected = connectOnce(connect);

  const calleeOf = (request: ModelRequest): Callee => ({ provider: name, model: request.model ?? ownModel, secret });

  function call(request: ModelRequest, stream: boolean, options: CallOptions | undefined): VendorCall {
    const callee = calleeOf(request);
    return {
      connect: connected,
      body: chatBody(request, callee.model, stream, { maxTokens }),
      callee,
      limits,
      options,
    };
  }

  const provider = defineProvider({
    name,
    model: ownModel,
    async generate(request, options): Promise<Completion> {
      const made = call(request, false, options);
      return callForJson(made, (json, headers) => completionIn(json, headers, made.callee));
    },
    stream: (request, options) => callForEvents(() => call(request, true, options), chatReader),
    async close() {},
  });
  return fittingProvider(provider, calleeOf, () => true);
}
