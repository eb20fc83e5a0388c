import { OrchestratorError } from "../errors.ts";
import type { AnyQueryType } from "../ports/query.ts";
import { queryTypes } from "./rules.ts";

/** A type of the host's own: questions like its examples go to its workflow. */
export interface OwnType {
  /** A letter, then letters, digits, `_` or `-`; at most 64. Not one of the five. */
  readonly name: string;
  /** The workflow that answers it: one of `workflows`, or a built-in one, by name. */
  readonly workflow: string;
  /** At least one question of this type; ten of different wording do well. */
  readonly examples: readonly string[];
  /** What it is for, in one sentence, where a model is asked. @default its first examples */
  readonly description?: string | undefined;
  /** Milliseconds answers are remembered. @default 0: not at all */
  readonly ttlMs?: number | undefined;
}

/** A question and what kind of question it is. */
export interface LabelledExample {
  readonly text: string;
  readonly type: AnyQueryType;
}

const validName = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;
const maxTypes = 50;
const maxExamples = 2_000;

function invalid(message: string): never {
  throw new OrchestratorError("CONFIG_INVALID", message);
}

function checkType({ name, workflow, examples, ttlMs = 0 }: OwnType): void {
  if (typeof name !== "string" || !validName.test(name)) invalid(`classifier.types: ${JSON.stringify(name)} is no name of a type`);
  if (queryTypes.some((type) => type === name)) invalid(`classifier.types: ${name} is there already`);
  if (typeof workflow !== "string") invalid(`classifier.types: ${name} names no workflow`);
  if (!Array.isArray(examples) || examples.length === 0) invalid(`classifier.types: ${name} needs examples`);
  if (typeof ttlMs !== "number" || !(ttlMs >= 0)) invalid(`classifier.types: ttlMs of ${name} must be 0 or more, and is ${String(ttlMs)}`);
}

/** All labelled examples the options hold; throws `CONFIG_INVALID` naming what is wrong with them. */
export function examplesGiven(examples: readonly LabelledExample[], types: readonly OwnType[]): readonly LabelledExample[] {
  for (const type of types) checkType(type);
  const names = types.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) < at);
  if (twice !== undefined) invalid(`classifier.types: two are called ${twice}`);
  if (types.length > maxTypes) invalid(`classifier.types: at most ${maxTypes} are taken`);
  const all = [...examples, ...types.flatMap(({ name, examples }) => examples.map((text) => ({ text, type: name })))];
  if (all.length > maxExamples) invalid(`classifier: at most ${maxExamples} examples are taken, and these are ${all.length}`);
  const known = new Set<unknown>([...queryTypes, ...names]);
  for (const { text, type } of all) {
    if (typeof text !== "string" || text.trim() === "") invalid(`classifier.examples: an example of ${String(type)} has no text`);
    if (!known.has(type)) invalid(`classifier.examples: ${JSON.stringify(type)} is no type`);
  }
  return all;
}
