import type { FinishReason, ModelEvent, RateLimits, ToolCall } from "@hydrogenai/core";
import { rateLimits } from "../wire/rate-limits.ts";
import { type Loose, argumentsOf, callIds, isObject, textOf, wordOf } from "../wire/read-json.ts";
import { repeats } from "../wire/repeats.ts";
import { type StreamReader, complaintIn } from "../wire/vendor-call.ts";
import { type Callee, complaintError, vendorError } from "../wire/vendor-error.ts";
import { requestIdIn, stopReason, usageIn } from "./reply.ts";

/** Reads the events of a streamed message. */
export function messageReader(callee: Callee): StreamReader<ModelEvent> {
  const calls = new Map<unknown, { id: string; name: string; arguments: string }>();
  const repeated = repeats();
  let model: string | undefined;
  let usage = usageIn(undefined);
  let reason: FinishReason | undefined;
  let marked = false;
  let chars = 0;
  let pieces = 0;
  let headers: Headers | undefined;
  let limits: RateLimits | undefined;

  const malformed = (what: string): Error => vendorError(callee, "malformed", what, { headers });

  function parse(data: string): Loose {
    let event: unknown;
    try {
      event = JSON.parse(data);
    } catch {
      throw malformed("an event of the answer is not JSON");
    }
    if (!isObject(event)) throw malformed("an event of the answer is no object");
    if (isObject(event["error"])) throw complaintError(callee, { ...complaintIn(event), headers });
    return event;
  }

  function begin({ index, content_block: block }: Loose): readonly ModelEvent[] {
    if (!isObject(block)) return [];
    if (block["type"] === "tool_use") calls.set(index, { id: textOf(block["id"]) ?? "", name: textOf(block["name"]) ?? "", arguments: "" });
    return block["type"] === "text" && textOf(block["text"]) ? [{ type: "text-delta", text: textOf(block["text"])! }] : [];
  }

  function go({ index, delta }: Loose, data: string, id: string | undefined): readonly ModelEvent[] {
    if (!isObject(delta) || repeated.isRepeat(data, id)) return [];
    const text = textOf(delta["text"]);
    const thought = textOf(delta["thinking"]);
    const json = textOf(delta["partial_json"]);
    pieces++;
    chars += (text ?? thought ?? json ?? "").length;
    if (text) return [{ type: "text-delta", text }];
    if (thought) return [{ type: "reasoning-delta", text: thought }];
    const call = calls.get(index);
    if (call !== undefined) call.arguments += json ?? "";
    return [];
  }

  function end(event: Loose): readonly ModelEvent[] {
    const why = isObject(event["delta"]) ? textOf(event["delta"]["stop_reason"]) : undefined;
    if (why !== undefined) reason = stopReason(why);
    usage = usageIn(event["usage"], usage);
    return [];
  }

  return {
    start(replyHeaders) {
      headers = replyHeaders;
      limits = rateLimits(headers);
      return { type: "start", requestId: requestIdIn(headers), rateLimits: limits };
    },
    read(data, id) {
      if (marked) return [];
      const event = parse(data);
      switch (event["type"]) {
        case "ping":
          return undefined;
        case "message_start":
          if (isObject(event["message"])) {
            model = textOf(event["message"]["model"]);
            usage = usageIn(event["message"]["usage"], usage);
          }
          return [];
        case "content_block_start":
          return begin(event);
        case "content_block_delta":
          return go(event, data, id);
        case "message_delta":
          return end(event);
        case "message_stop":
          marked = true;
          return [];
        default:
          return [];
      }
    },
    // Until its end the vendor has told of the first token only; a piece is one at least.
    used: () => (model === undefined ? undefined : { ...usage, outputTokens: Math.max(usage.outputTokens, pieces) }),
    said: () => chars,
    state: () => (marked && reason !== undefined ? "closed" : "open"),
    end() {
      if (repeated.tooMany(usage.outputTokens)) throw malformed("a piece of the answer was sent twice");
      const idOf = callIds();
      const made = [...calls.values()].map((call): ToolCall => ({
        id: idOf(wordOf(call.id)),
        name: call.name,
        arguments: argumentsOf(call.arguments),
      }));
      const finish: ModelEvent = {
        type: "finish",
        reason: reason!,
        usage,
        model: model ?? callee.model,
        requestId: requestIdIn(headers!),
        rateLimits: limits,
      };
      return [...made.map((call): ModelEvent => ({ type: "tool-call", call })), finish];
    },
  };
}
