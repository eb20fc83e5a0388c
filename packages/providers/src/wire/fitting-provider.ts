import {
  type CallOptions,
  type JsonObject,
  type Message,
  type ModelEvent,
  type ModelRequest,
  type Provider,
  type Usage,
  defineProvider,
  isProviderError,
  schemaProblem,
} from "@hydrogenai/core";
import { type Callee, vendorError } from "./vendor-error.ts";

type Schema = NonNullable<ModelRequest["outputSchema"]>;
type Finish = Extract<ModelEvent, { type: "finish" }>;

/** Models whose vendor refused a schema that are remembered. */
const maxRefusals = 256;

const add = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined && other === undefined ? undefined : (one ?? 0) + (other ?? 0);

const sum = (one: Usage | undefined, other: Usage): Usage =>
  one === undefined
    ? other
    : {
        inputTokens: one.inputTokens + other.inputTokens,
        outputTokens: one.outputTokens + other.outputTokens,
        cachedInputTokens: add(one.cachedInputTokens, other.cachedInputTokens),
        reasoningTokens: add(one.reasoningTokens, other.reasoningTokens),
      };

const demand = (schema: JsonObject): string =>
  `Answer with JSON alone, without any other words, that fits this JSON Schema:\n${JSON.stringify(schema)}`;

/** The schema as words for a vendor that takes none; one system message, since some models take no second. */
function inWords({ messages, outputSchema, ...rest }: ModelRequest): ModelRequest {
  if (outputSchema === undefined) return { ...rest, messages };
  const [first, ...others] = messages;
  const wish = demand(outputSchema.schema);
  const told: Message[] =
    first?.role === "system"
      ? [{ role: "system", content: `${first.content}\n\n${wish}` }, ...others]
      : [{ role: "system", content: wish }, ...messages];
  return { ...rest, messages: told };
}

/** Models like to put JSON between fences. */
const unfenced = (text: string): string => /^\s*```(?:json)?\s*\n([\s\S]*?)\n?\s*```\s*$/.exec(text)?.[1] ?? text;

async function problemOf(text: string, { schema }: Schema): Promise<string | undefined> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return "it is not JSON";
  }
  return schemaProblem(schema, value);
}

/**
 * A provider whose answers fit the schema of the request: it is sent to the vendor where `takes` says that the vendor can, unless the vendor
 * refuses it for this model; otherwise it is asked for in words. Either way the answer is checked, one that does not fit is sent back once
 * to be put right (a stream then has a `text-reset`), and one that still does not is `malformed`. An answer that ended for another reason
 * than its own, such as its length, is handed on as it is.
 */
export function fittingProvider(
  inner: Provider,
  callee: (request: ModelRequest) => Callee,
  takes: (schema: JsonObject) => boolean,
): Provider {
  const { name } = inner;
  const refusals = new Set<string>();

  async function* fit(
    ask: Provider["stream"],
    request: ModelRequest,
    schema: Schema,
    options?: CallOptions,
  ): AsyncGenerator<ModelEvent, void, void> {
    const { model } = callee(request);
    let asked = takes(schema.schema) && !refusals.has(model) ? request : inWords(request);
    let usage: Usage | undefined;
    for (let repaired = false; ;) {
      let text = "";
      let finish: Finish | undefined;
      try {
        for await (const event of ask(asked, options)) {
          if (event.type === "finish") finish = event;
          else {
            if (event.type === "text-delta") text += event.text;
            if (event.type !== "start" || usage === undefined) yield event;
          }
        }
      } catch (error) {
        if (asked.outputSchema === undefined || !isProviderError(error) || error.kind !== "bad-request") throw error;
        // What it does not take may be the schema, as many models and servers.
        if (refusals.size < maxRefusals) refusals.add(model);
        asked = inWords(request);
        continue;
      }
      // A stream of ours without its finish has thrown.
      usage = sum(usage, finish!.usage);
      const json = unfenced(text);
      const problem = finish!.reason === "stop" ? await problemOf(json, schema) : undefined;
      if (problem === undefined) {
        if (json !== text) {
          yield { type: "text-reset", reason: "only the JSON counts" };
          yield { type: "text-delta", text: json };
        }
        return yield { ...finish!, usage };
      }
      if (repaired)
        throw vendorError(callee(request), "malformed", `the answer does not fit the schema ${schema.name}: ${problem}`, {}, undefined, {
          usage,
        });
      repaired = true;
      yield { type: "text-reset", reason: `the answer does not fit the schema ${schema.name}` };
      const complaint = `That does not fit: ${problem}\n${demand(schema.schema)}`;
      asked = { ...asked, messages: [...asked.messages, { role: "assistant", content: text }, { role: "user", content: complaint }] };
    }
  }

  const whole = defineProvider({ name, generate: inner.generate }).stream;
  return {
    ...inner,
    stream: (request, options) =>
      request.outputSchema === undefined ? inner.stream(request, options) : fit(inner.stream, request, request.outputSchema, options),
    generate(request, options) {
      const { outputSchema } = request;
      if (outputSchema === undefined) return inner.generate(request, options);
      return defineProvider({ name, stream: () => fit(whole, request, outputSchema, options) }).generate(request);
    },
  };
}
