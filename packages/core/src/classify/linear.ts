import type { Classification, Query, QueryType } from "../ports/query.ts";
import { bucketOfKind, buckets, type Features, featuresOf } from "./features.ts";
import { queryTypes } from "./rules.ts";
import { kindNames } from "./tokens.ts";

/** Weights as they are shipped: one byte each, five types to a bucket. */
export interface LinearWeights {
  readonly bytes: Int8Array;
  /** What one step of a byte counts, already divided by the temperature that makes probabilities honest. */
  readonly step: number;
}

const maxEvidence = 3;

/** Classifies by weights learnt from labelled questions, within microseconds; `evidence` names the kinds of words that spoke most for the type. */
export function linearClassifier({ bytes, step }: LinearWeights): (query: Query) => Classification {
  const rows = bytes.length / queryTypes.length;
  if (rows !== buckets) throw new RangeError(`weights for ${buckets} buckets and ${queryTypes.length} types are needed`);

  const loudness = (kind: number, type: number): number =>
    kind > 0 && kind <= kindNames.length ? bytes[bucketOfKind(kind) * queryTypes.length + type]! : 0;

  /** The kinds of words that speak for a type, the loudest first. */
  function evidenceFor(type: number, { kinds, kindCount }: Features): string[] {
    const names: string[] = [];
    for (let below = Infinity; names.length < maxEvidence;) {
      let loudest = 0;
      let kind = 0;
      for (let i = 0; i < kindCount; i++) {
        const weight = loudness(kinds[i]!, type);
        if (weight > loudest && weight < below) {
          loudest = weight;
          kind = kinds[i]!;
        }
      }
      if (kind === 0) break;
      names.push(kindNames[kind - 1]!);
      below = loudest;
    }
    return names;
  }

  return ({ text }) => {
    const features = featuresOf(text);
    const { keys, ends } = features;
    let simple = 0;
    let complex = 0;
    let rag = 0;
    let schema = 0;
    let tool = 0;
    let from = 0;
    for (let view = 0; view < ends.length; view++) {
      const to = ends[view]!;
      if (to === from) continue;
      let a = 0;
      let b = 0;
      let c = 0;
      let d = 0;
      let e = 0;
      for (; from < to; from++) {
        const at = keys[from]! * 5;
        a += bytes[at]!;
        b += bytes[at + 1]!;
        c += bytes[at + 2]!;
        d += bytes[at + 3]!;
        e += bytes[at + 4]!;
      }
      const scale = features.scales[view]! * step;
      simple += a * scale;
      complex += b * scale;
      rag += c * scale;
      schema += d * scale;
      tool += e * scale;
    }
    const top = Math.max(simple, complex, rag, schema, tool);
    simple = Math.exp(simple - top);
    complex = Math.exp(complex - top);
    rag = Math.exp(rag - top);
    schema = Math.exp(schema - top);
    tool = Math.exp(tool - top);
    const total = simple + complex + rag + schema + tool;
    const probabilities = {
      simple: simple / total,
      complex: complex / total,
      rag: rag / total,
      schema: schema / total,
      tool: tool / total,
    };
    let best = 0;
    let second = 0;
    let typeNumber = 0;
    for (let k = 0; k < queryTypes.length; k++) {
      const p = probabilities[queryTypes[k]!];
      if (p > best) {
        second = best;
        best = p;
        typeNumber = k;
      } else if (p > second) second = p;
    }
    const type: QueryType = queryTypes[typeNumber]!;
    return { type, confidence: best, probabilities, margin: best - second, by: "linear", evidence: evidenceFor(typeNumber, features) };
  };
}

let loaded: Promise<(query: Query) => Classification> | undefined;

/** The classifier with the weights that come with this package; they are read on the first call, once. */
export function shippedClassifier(): Promise<(query: Query) => Classification> {
  return (loaded ??= import("./weights.ts").then(({ step, weights }) => {
    const bytes = Buffer.from(weights, "base64");
    return linearClassifier({ bytes: new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length), step });
  }));
}
