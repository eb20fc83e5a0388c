import type { OwnType } from "../classify/own-types.ts";
import { OrchestratorError } from "../errors.ts";
import type { AnyQueryType, Classification, Query } from "../ports/query.ts";
import type { Completion, ModelRequest } from "../ports/provider.ts";

/** When a model is asked what kind of question it is. */
export interface ByModelOptions {
  /** Asked below this confidence, 0 to 1. @default where the shipped weights are right 19 times in 20 */
  readonly below?: number | undefined;
  /** Milliseconds it may take; never more than a quarter of the time that is left. @default 3000 */
  readonly timeoutMs?: number | undefined;
}

/** Asking a model for the type of an unsure question. */
export interface ByModel {
  readonly timeoutMs: number;
  readonly isUnsure: (verdict: Classification) => Promise<boolean>;
  /** False while every vendor that could be asked is known to be out. */
  readonly isUp: (query: Query) => boolean;
  readonly ask: (text: string, generate: (request: ModelRequest) => Promise<Completion>) => Promise<AnyQueryType | undefined>;
}

const defaultTimeoutMs = 3_000;

/** Only what wording and likeness say is asked about again: who decided, planned or remembered knows better than a model could. */
const isGuess = ({ by }: Classification): boolean => by === "linear" || by === "rules" || by === "examples";

/** Throws `CONFIG_INVALID` for a bound that is none. */
export function byModel(
  options: boolean | ByModelOptions,
  types: readonly OwnType[],
  isUp: (query: Query) => boolean,
): ByModel | undefined {
  if (options === false) return undefined;
  const { below, timeoutMs = defaultTimeoutMs } = options === true ? {} : options;
  if (below !== undefined && !(typeof below === "number" && below >= 0 && below <= 1))
    throw new OrchestratorError("CONFIG_INVALID", `classifier.byModel.below must be 0 to 1, and is ${String(below)}`);
  if (!(typeof timeoutMs === "number" && timeoutMs > 0))
    throw new OrchestratorError("CONFIG_INVALID", `classifier.byModel.timeoutMs must be above 0, and is ${String(timeoutMs)}`);
  let ask: ByModel["ask"] | undefined;
  return {
    timeoutMs,
    isUp,
    async isUnsure(verdict) {
      if (!isGuess(verdict)) return false;
      return verdict.confidence < (below ?? (await import("../classify/weights.ts")).sureFrom);
    },
    async ask(text, generate) {
      ask ??= (await import("../classify/by-model.ts")).typeByModel(types);
      return ask(text, generate);
    },
  };
}
