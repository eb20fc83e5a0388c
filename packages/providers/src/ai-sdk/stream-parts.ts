import type { ModelEvent } from "@hydrogenai/core";
import { rateLimits } from "../wire/rate-limits.ts";
import { isObject, textOf } from "../wire/read-json.ts";
import { type Callee, vendorError } from "../wire/vendor-error.ts";
import { modelError } from "./model-error.ts";
import { endOf, requestIdIn, toolCallIn, usageIn } from "./model-reply.ts";

type Finish = Extract<ModelEvent, { type: "finish" }>;

/** Reads the parts of an answer that a model of the AI SDK streams. */
export function partReader(callee: Callee, headers: Pick<Headers, "get">) {
  const limits = rateLimits(headers);
  let requestId = requestIdIn(headers);
  let model = callee.model;
  let chars = 0;
  let finish: Finish | undefined;

  return {
    start: (): ModelEvent => ({ type: "start", requestId, rateLimits: limits }),
    /** What to pass on; undefined for a part that is no progress. Throws what the vendor reports in it. */
    read(part: unknown): readonly ModelEvent[] | undefined {
      if (!isObject(part)) throw vendorError(callee, "malformed", "a part of the answer is no object");
      const text = textOf(part["delta"]) ?? "";
      chars += text.length;
      switch (part["type"]) {
        case "text-delta":
        case "reasoning-delta":
          return text === "" ? [] : [{ type: part["type"], text }];
        case "tool-input-start":
        case "tool-input-delta":
          return [];
        case "tool-call": {
          const call = toolCallIn(part);
          return call === undefined ? [] : [{ type: "tool-call", call }];
        }
        case "response-metadata":
          model = textOf(part["modelId"]) ?? model;
          requestId ??= textOf(part["id"]);
          return undefined;
        case "error":
          throw modelError(part["error"], callee, true);
        case "finish": {
          const reason = endOf(part["finishReason"], callee);
          finish = { type: "finish", reason, usage: usageIn(part["usage"]), model, requestId, rateLimits: limits };
          return [];
        }
        default:
          return undefined;
      }
    },
    /** Characters the answer has so far. */
    said: () => chars,
    /** The end, once the vendor has said how the answer ended. */
    finish: () => finish,
  };
}
