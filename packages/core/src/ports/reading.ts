import type { Json } from "./json.ts";

/** A query plan, as plain data, with what is known of it. */
export interface ReadPlan {
  readonly plan: Json;
  /** 0 to 1. */
  readonly confidence: number;
  /** The plan as one English sentence. */
  readonly explanation: string;
  /** What was decided without being said. */
  readonly assumptions: readonly string[];
}

/** How something said in a session is understood. */
export type Reading =
  /** A question by itself that is planned without the conversation. */
  | { readonly kind: "complete"; readonly planned: ReadPlan }
  /** It goes on from an earlier question; `text` asks the same without the conversation. */
  | {
      readonly kind: "resolved";
      readonly text: string;
      readonly planned?: ReadPlan | undefined;
      /** True when the text alone leads to the plan; otherwise the two belong together. */
      readonly isWhole: boolean;
      readonly by: "rules" | "model";
    }
  /** "why?": how the answer to an earlier question came about. */
  | { readonly kind: "why"; readonly question: string; readonly explanation: string }
  /** It asks nothing, as "thanks" does. */
  | { readonly kind: "nothing" }
  /** It seems to go on from something (`continues`) or surely refers to it (`refers`), and nobody knows to what. */
  | { readonly kind: "unresolved"; readonly tie: "continues" | "refers" };
