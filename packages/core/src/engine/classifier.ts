import { type LabelledExample, type OwnType, examplesGiven } from "../classify/own-types.ts";
import { queryTypes } from "../classify/rules.ts";
import type { Limits } from "../defaults.ts";
import type { AnyQueryType, Query } from "../ports/query.ts";
import type { StateStore } from "../ports/state-store.ts";
import { type ByModel, type ByModelOptions, byModel } from "./by-model.ts";
import { type LearntExamples, learntExamples } from "./learnt-examples.ts";

/** How questions are told apart beyond what is shipped. */
export interface ClassifierOptions {
  /** Asks a model about questions the classification is unsure of. @default false: no call that nobody asked for is paid */
  readonly byModel?: boolean | ByModelOptions | undefined;
  /** Questions with the type they are of, at most 2,000 with those of `types`; they also correct how questions like them are classified. */
  readonly examples?: readonly LabelledExample[] | undefined;
  /** Types beside the five, at most 50. */
  readonly types?: readonly OwnType[] | undefined;
}

/** What the options of the classifier become. */
export interface ClassifierParts {
  readonly ownTypes: readonly OwnType[];
  /** Names of all types there are. */
  readonly types: ReadonlySet<AnyQueryType>;
  readonly learnt: LearntExamples;
  readonly byModel: ByModel | undefined;
}

/** Throws `CONFIG_INVALID` saying what is wrong with the options. */
export function classifierParts(
  { examples = [], types = [], byModel: asked = false }: ClassifierOptions,
  state: StateStore,
  limits: Limits,
  isUp: (query: Query) => boolean,
): ClassifierParts {
  const given = examplesGiven(examples, types);
  return {
    ownTypes: types,
    types: new Set<AnyQueryType>([...queryTypes, ...types.map(({ name }) => name)]),
    learnt: learntExamples(given, types, state, limits),
    byModel: byModel(asked, types, isUp),
  };
}
