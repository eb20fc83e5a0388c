import type { LanguageModelV4StreamPart, SharedV4Warning } from "@ai-sdk/provider";
import { type ModelEvent, ProviderError } from "@hydrogenai/core";
import { callPart, finishPart, metadataOf, sourceParts, usagePart } from "./answer-parts.ts";
import type { Told } from "./orchestrator-source.ts";

type Piece = "text" | "reasoning";

/** Puts events into the parts of the AI SDK, which wants to be told where each block of text begins and ends. */
function partsOf(provider: string | undefined) {
  let open: Piece | undefined;
  let blocks = 0;

  function* close(): Generator<LanguageModelV4StreamPart> {
    if (open !== undefined) yield { type: `${open}-end`, id: String(blocks) };
    open = undefined;
  }

  function* piece(kind: Piece, delta: string): Generator<LanguageModelV4StreamPart> {
    if (open !== kind) {
      yield* close();
      open = kind;
      yield { type: `${kind}-start`, id: String(++blocks) };
    }
    yield { type: `${kind}-delta`, id: String(blocks), delta };
  }

  return function* (event: ModelEvent & Told): Generator<LanguageModelV4StreamPart> {
    switch (event.type) {
      case "start":
        yield { type: "response-metadata", ...(event.requestId !== undefined && { id: event.requestId }) };
        return;
      case "text-delta":
        return yield* piece("text", event.text);
      case "reasoning-delta":
        return yield* piece("reasoning", event.text);
      case "text-reset":
        // Nothing shown can be taken back here; what was not shown need not be.
        if (blocks > 0)
          throw new ProviderError(`the answer began anew (${event.reason}), which a stream of the AI SDK cannot show`, {
            provider: "hydrogenai",
            kind: "incomplete",
            retryable: true,
          });
        return;
      case "tool-call": {
        yield* close();
        const { id, name: toolName, arguments: delta } = event.call;
        yield { type: "tool-input-start", id, toolName };
        yield { type: "tool-input-delta", id, delta };
        yield { type: "tool-input-end", id };
        yield callPart(event.call);
        return;
      }
      default: {
        yield* close();
        const { reason, usage, model, requestId, result } = event;
        yield* sourceParts(result);
        yield {
          type: "response-metadata",
          ...(requestId !== undefined && { id: requestId }),
          ...(model !== undefined && { modelId: model }),
        };
        yield {
          type: "finish",
          finishReason: finishPart(reason),
          usage: usagePart(usage),
          providerMetadata: metadataOf(event.provider ?? provider, result),
        };
      }
    }
  };
}

const isAnswer = ({ type }: ModelEvent): boolean => type !== "start" && type !== "text-reset";

interface PartStreamOptions {
  /** Who answers, where the events do not say. */
  readonly provider: string | undefined;
  readonly warnings: SharedV4Warning[];
  /** Makes the error of a failure. */
  readonly failed: (error: unknown) => unknown;
}

/**
 * Events as a stream of the AI SDK's parts. Rejects for a failure before the answer began; one after it is an `error` part, the last.
 * Nothing is read ahead; cancelling leaves the events.
 */
export async function partStream(
  events: AsyncIterable<ModelEvent & Told>,
  { provider, warnings, failed }: PartStreamOptions,
): Promise<ReadableStream<LanguageModelV4StreamPart>> {
  const reader = events[Symbol.asyncIterator]();
  const toParts = partsOf(provider);
  const ready: LanguageModelV4StreamPart[] = [{ type: "stream-start", warnings }];

  /** Adds the parts of the next event; undefined at the end. */
  async function read(): Promise<ModelEvent | undefined> {
    const next = await reader.next();
    if (next.done) return undefined;
    ready.push(...toParts(next.value));
    return next.value;
  }

  try {
    for (let event = await read(); event !== undefined && !isAnswer(event); event = await read());
  } catch (error) {
    throw failed(error);
  }
  let at = 0;
  let ended = false;

  return new ReadableStream<LanguageModelV4StreamPart>(
    {
      async pull(controller) {
        while (at === ready.length && !ended) {
          at = ready.length = 0;
          try {
            ended = (await read()) === undefined;
          } catch (error) {
            ended = true;
            ready.push({ type: "error", error: failed(error) });
          }
        }
        const part = ready[at++];
        if (part === undefined) controller.close();
        else controller.enqueue(part);
      },
      async cancel() {
        await reader.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}
