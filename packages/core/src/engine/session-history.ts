import type { Turn } from "../ports/workflow.ts";
import type { Fold } from "./event-sourcing.ts";

/** A session's exchanges as its stream in the event log tells them, oldest first: what the state store holds of it but for plans, however long ago that was lost. */
export const sessionHistory: Fold<readonly (Turn & { readonly [key: string]: string })[]> = {
  name: "session-history",
  version: 1,
  initial: [],
  apply: (turns, { type, time, data }) => {
    if (type !== "query.answered") return turns;
    const { question, standalone, text, type: kind } = data as Readonly<Record<string, unknown>>;
    if (typeof question !== "string" || typeof text !== "string" || typeof kind !== "string")
      throw new TypeError("query.answered without question, text and type");
    return [...turns, { question, ...(typeof standalone === "string" && { standalone }), answer: text, type: kind, time }];
  },
};
