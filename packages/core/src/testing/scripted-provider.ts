import { OrchestratorError, ProviderError } from "../errors.ts";
import type { CallOptions } from "../ports/call.ts";
import type { Json } from "../ports/json.ts";
import type { Completion, FinishReason, ModelEvent, ModelRequest, Provider, RateLimits, ToolCall, Usage } from "../ports/provider.ts";
import { pause } from "./pause.ts";

/** An answer in detail; every field may be left out. */
export interface ScriptedAnswer {
  /** @default "" */
  readonly text?: string | undefined;
  /** How `text` is streamed. @default word by word */
  readonly pieces?: readonly string[] | undefined;
  readonly toolCalls?: readonly { readonly name: string; readonly arguments: Json; readonly id?: string }[] | undefined;
  /** @default "tool-calls" when there are any, else "stop" */
  readonly finishReason?: FinishReason | undefined;
  /** @default no tokens */
  readonly usage?: Usage | undefined;
  /** @default the model asked for, else "scripted-1" */
  readonly model?: string | undefined;
  readonly rateLimits?: RateLimits | undefined;
  /** Milliseconds before the first piece. @default 0 */
  readonly delayMs?: number | undefined;
  /** Milliseconds before each further piece. @default 0 */
  readonly pieceDelayMs?: number | undefined;
  /** After the text: `cut` fails as a broken connection does, `hang` says nothing more until the call is aborted. @default it ends well */
  readonly end?: "cut" | "hang" | undefined;
}

/** A text is an answer; an error is thrown (as a retryable failure of the vendor, unless it is an `OrchestratorError`); a function decides by the request. */
export type ScriptStep =
  | string
  | Error
  | ScriptedAnswer
  | ((request: ModelRequest, options: CallOptions) => string | Error | ScriptedAnswer | Promise<string | Error | ScriptedAnswer>);

export interface ScriptedProvider extends Provider {
  /** Every request so far, in the order the calls began. */
  readonly requests: readonly ModelRequest[];
  /** Calls being answered at this moment. */
  readonly running: () => number;
}

const noUsage: Usage = { inputTokens: 0, outputTokens: 0 };

/**
 * A provider that says what a test tells it: one step a call, and the last step for every call after that.
 * It is called `scripted`; `{ ...scriptedProvider("yes"), name: "first" }` is called something else.
 * With no step every call fails. It does not look at `tools`, `outputSchema` or limits of the request.
 */
export function scriptedProvider(...script: readonly ScriptStep[]): ScriptedProvider {
  const requests: ModelRequest[] = [];
  let running = 0;

  const next = async (request: ModelRequest, options: CallOptions): Promise<ScriptedAnswer> => {
    options.signal?.throwIfAborted();
    const step = script[Math.min(requests.length, script.length - 1)];
    requests.push(request);
    const said = typeof step === "function" ? await step(request, options) : step;
    options.signal?.throwIfAborted();
    if (said === undefined) throw failure(new Error("the script of this provider is empty"));
    if (said instanceof Error) throw failure(said);
    return typeof said === "string" ? { text: said } : said;
  };

  const stream = async function* (request: ModelRequest, options: CallOptions = {}): AsyncGenerator<ModelEvent, void> {
    const { signal } = options;
    running++;
    try {
      const answer = await next(request, options);
      const { delayMs = 0, pieceDelayMs = 0, end } = answer;
      const model = modelOf(answer, request);
      if (delayMs > 0) await pause(delayMs, signal);
      yield { type: "start", model, rateLimits: answer.rateLimits };
      for (const [index, text] of piecesOf(answer).entries()) {
        if (index > 0 && pieceDelayMs > 0) await pause(pieceDelayMs, signal);
        signal?.throwIfAborted();
        yield { type: "text-delta", text };
      }
      if (end === "cut") throw cutOff(answer);
      if (end === "hang") await pause(Infinity, signal);
      for (const call of toolCallsOf(answer)) yield { type: "tool-call", call };
      signal?.throwIfAborted();
      yield { type: "finish", reason: finishReasonOf(answer), usage: answer.usage ?? noUsage, model, rateLimits: answer.rateLimits };
    } finally {
      running--;
    }
  };

  const generate = async (request: ModelRequest, options: CallOptions = {}): Promise<Completion> => {
    running++;
    try {
      const answer = await next(request, options);
      const { text = answer.pieces?.join("") ?? "", delayMs = 0, pieceDelayMs = 0, end } = answer;
      const totalMs = delayMs + (pieceDelayMs > 0 ? pieceDelayMs * Math.max(0, piecesOf(answer).length - 1) : 0);
      if (totalMs > 0) await pause(totalMs, options.signal);
      if (end === "cut") throw cutOff(answer);
      if (end === "hang") await pause(Infinity, options.signal);
      return {
        text,
        toolCalls: toolCallsOf(answer),
        finishReason: finishReasonOf(answer),
        usage: answer.usage ?? noUsage,
        model: modelOf(answer, request),
        rateLimits: answer.rateLimits,
      };
    } finally {
      running--;
    }
  };

  return { name: "scripted", model: "scripted-1", requests, running: () => running, generate, stream, close: async () => {} };
}

const failure = (error: Error): Error =>
  error instanceof OrchestratorError
    ? error
    : new ProviderError(error.message, { provider: "scripted", kind: "server", retryable: true, cause: error });

const cutOff = ({ text, pieces }: ScriptedAnswer): ProviderError =>
  new ProviderError("the answer ended before its end mark", {
    provider: "scripted",
    kind: "incomplete",
    retryable: true,
    details: { text: text ?? pieces?.join("") ?? "" },
  });

const piecesOf = ({ text = "", pieces }: ScriptedAnswer): readonly string[] =>
  pieces ?? text.match(/\s*\S+\s*/g) ?? (text === "" ? [] : [text]);

const modelOf = (answer: ScriptedAnswer, request: ModelRequest): string => answer.model ?? request.model ?? "scripted-1";

const finishReasonOf = ({ finishReason, toolCalls = [] }: ScriptedAnswer): FinishReason =>
  finishReason ?? (toolCalls.length > 0 ? "tool-calls" : "stop");

const toolCallsOf = ({ toolCalls = [] }: ScriptedAnswer): readonly ToolCall[] =>
  toolCalls.map((call, index) => ({
    id: call.id ?? `call-${index + 1}`,
    name: call.name,
    arguments: typeof call.arguments === "string" ? call.arguments : JSON.stringify(call.arguments),
  }));
