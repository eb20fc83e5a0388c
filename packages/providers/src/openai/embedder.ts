import type { Embedder } from "@hydrogenai/core";
import { connectOnce, checkedKey } from "../chat/chat-provider.ts";
import { type CallLimits, checkedLimits } from "../wire/limits.ts";
import { isObject, listOf } from "../wire/read-json.ts";
import { callForJson } from "../wire/vendor-call.ts";
import { type Callee, vendorError } from "../wire/vendor-error.ts";
import { connectEmbeddings } from "./connect.ts";

export interface OpenaiEmbedderOptions extends CallLimits {
  readonly apiKey: string;
  /** @default "text-embedding-3-small" */
  readonly model?: string | undefined;
  /** Numbers a vector; the model is asked for as many. @default 1536 */
  readonly dimensions?: number | undefined;
  /** Instead of OpenAI's own address. */
  readonly baseURL?: string | undefined;
  /** @default "openai" */
  readonly name?: string | undefined;
}

/** Texts a request; the rest goes into further ones. */
const batchSize = 256;
/** The API takes no empty text. */
const placeholder = " ";

function unit(values: readonly unknown[], dimensions: number): Float32Array | undefined {
  if (values.length !== dimensions) return undefined;
  const vector = Float32Array.from(values as readonly number[]);
  const length = Math.hypot(...vector);
  return Number.isFinite(length) && length > 0 ? vector.map((value) => value / length) : undefined;
}

function vectorsIn(json: unknown, count: number, dimensions: number, callee: Callee): Float32Array[] {
  const rows = isObject(json) ? listOf(json["data"]).filter(isObject) : [];
  const byIndex = new Map(rows.map((row, at) => [typeof row["index"] === "number" ? row["index"] : at, listOf(row["embedding"])]));
  return Array.from({ length: count }, (_, at) => {
    const vector = unit(byIndex.get(at) ?? [], dimensions);
    if (vector === undefined) throw vendorError(callee, "malformed", `the reply holds no vector of ${dimensions} numbers for each text`);
    return vector;
  });
}

/** Vectors from OpenAI's embeddings, or from a server that speaks its format. Rejects with a `ProviderError`; makes one attempt a batch. */
export function openaiEmbedder(options: OpenaiEmbedderOptions): Embedder {
  const {
    apiKey,
    model = "text-embedding-3-small",
    dimensions = 1536,
    baseURL = "https://api.openai.com/v1",
    name = "openai",
    ...given
  } = options;
  const secret = checkedKey(name, "an apiKey", apiKey);
  const limits = checkedLimits(given);
  const callee: Callee = { provider: name, model, secret };
  const connect = connectOnce(() => connectEmbeddings(baseURL, secret));
  return {
    name: `${name}:${model}`,
    dimensions,
    async embed(texts, callOptions) {
      callOptions?.signal?.throwIfAborted();
      const vectors: Float32Array[] = [];
      for (let from = 0; from < texts.length; from += batchSize) {
        const input = texts.slice(from, from + batchSize).map((text) => text || placeholder);
        const body = { model, input, dimensions, encoding_format: "float" };
        const read = (json: unknown): Float32Array[] => vectorsIn(json, input.length, dimensions, callee);
        vectors.push(...(await callForJson({ connect, body, callee, limits, options: callOptions }, read)));
      }
      return vectors;
    },
    async close() {},
  };
}
