import type { FinishReason, ModelEvent, RateLimits, ToolCall, Usage } from "@hydrogenai/core";
import { rateLimits } from "../wire/rate-limits.ts";
import { type Loose, argumentsOf, callIds, isObject, listOf, textOf, wordOf } from "../wire/read-json.ts";
import { repeats } from "../wire/repeats.ts";
import { type StreamReader, complaintIn } from "../wire/vendor-call.ts";
import { type Callee, complaintError, vendorError } from "../wire/vendor-error.ts";
import { contentOf, finishReason, noUsage, requestIdIn, usageIn } from "./reply.ts";

/** Puts the pieces of tool calls together by their index, and tells apart calls of two ids that some servers send under one. */
function toolCalls() {
  let chars = 0;
  const all: { id: string; name: string; arguments: string }[] = [];
  const byIndex = new Map<number, (typeof all)[number]>();
  return {
    add(piece: unknown, at: number): void {
      if (!isObject(piece)) return;
      const index = typeof piece["index"] === "number" ? piece["index"] : at;
      const id = textOf(piece["id"]) ?? "";
      let call = byIndex.get(index);
      if (call === undefined || (id !== "" && call.id !== "" && id !== call.id)) {
        call = { id: "", name: "", arguments: "" };
        all.push(call);
        byIndex.set(index, call);
      }
      const called = isObject(piece["function"]) ? piece["function"] : {};
      call.id ||= id;
      call.name ||= textOf(called["name"]) ?? "";
      const given = called["arguments"];
      const more = isObject(given) ? JSON.stringify(given) : (textOf(given) ?? "");
      call.arguments += more;
      chars += more.length;
    },
    chars: () => chars,
    all(): ToolCall[] {
      const idOf = callIds();
      return all.map((call) => ({ id: idOf(wordOf(call.id)), name: call.name, arguments: argumentsOf(call.arguments) }));
    },
  };
}

/** Reads the chunks of a streamed chat completion. */
export function chatReader(callee: Callee): StreamReader<ModelEvent> {
  const calls = toolCalls();
  const repeated = repeats();
  let model: string | undefined;
  let usage: Usage | undefined;
  let reason: FinishReason | undefined;
  let marked = false;
  let answerIndex: unknown;
  let chars = 0;
  let headers: Headers | undefined;
  let limits: RateLimits | undefined;

  const malformed = (what: string): Error => vendorError(callee, "malformed", what, { headers });

  function parse(data: string): Loose {
    let chunk: unknown;
    try {
      chunk = JSON.parse(data);
    } catch {
      throw malformed("an event of the answer is not JSON");
    }
    if (!isObject(chunk)) throw malformed("an event of the answer is no object");
    if (chunk["error"] != null) throw complaintError(callee, { ...complaintIn(chunk), headers });
    return chunk;
  }

  function piecesOf(delta: Loose, data: string, id: string | undefined): readonly ModelEvent[] {
    const text = contentOf(delta["content"]) || textOf(delta["refusal"]);
    const thought = textOf(delta["reasoning_content"]) || textOf(delta["reasoning"]);
    const parts = listOf(delta["tool_calls"]);
    if (!text && !thought && parts.length === 0) return [];
    if (repeated.isRepeat(data, id)) return [];
    for (const [at, piece] of parts.entries()) calls.add(piece, at);
    chars += (text?.length ?? 0) + (thought?.length ?? 0);
    const events: ModelEvent[] = [];
    if (thought) events.push({ type: "reasoning-delta", text: thought });
    if (text) events.push({ type: "text-delta", text });
    return events;
  }

  return {
    start(replyHeaders) {
      headers = replyHeaders;
      limits = rateLimits(headers);
      return { type: "start", requestId: requestIdIn(headers), rateLimits: limits };
    },
    read(data, id) {
      if (marked) return [];
      if (data === "[DONE]") {
        marked = true;
        return [];
      }
      const chunk = parse(data);
      model ??= textOf(chunk["model"]) || undefined;
      usage = usageIn(chunk) ?? usage;
      const choice = listOf(chunk["choices"])[0];
      if (!isObject(choice)) return [];
      // One answer was asked for; a vendor that sends several side by side has one of them read.
      const index = choice["index"] ?? 0;
      answerIndex ??= index;
      if (index !== answerIndex) return [];
      const ended = textOf(choice["finish_reason"]);
      if (ended) reason = finishReason(ended);
      return isObject(choice["delta"]) ? piecesOf(choice["delta"], data, id) : [];
    },
    used: () => usage,
    said: () => chars + calls.chars(),
    // The end mark alone ends nothing: what says how the answer ended is the finish reason.
    state: () => (reason === undefined ? "open" : marked ? "closed" : "ended"),
    end() {
      if (usage !== undefined && repeated.tooMany(usage.outputTokens)) throw malformed("a piece of the answer was sent twice");
      const made = calls.all();
      const why = made.length > 0 && reason === "stop" ? "tool-calls" : reason!;
      const finish: ModelEvent = {
        type: "finish",
        reason: why,
        usage: usage ?? noUsage,
        model: model ?? callee.model,
        requestId: requestIdIn(headers!),
        rateLimits: limits,
      };
      return [...made.map((call): ModelEvent => ({ type: "tool-call", call })), finish];
    },
  };
}
