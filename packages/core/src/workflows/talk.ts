import type { Answer, Query } from "../ports/query.ts";
import type { Reading } from "../ports/reading.ts";
import type { WorkflowContext } from "../ports/workflow.ts";
import { answerByModel, cannot } from "./model-answer.ts";

/** What needs no data: talk that asks nothing, and how an answer came about. Undefined for everything else. */
export function answerTalk(query: Query, context: WorkflowContext): Promise<Answer> | undefined {
  const { reading } = context;
  if (reading?.kind === "unresolved" && (context.hasModel || reading.tie === "continues")) return undefined;
  if (reading?.kind !== "nothing" && reading?.kind !== "why" && reading?.kind !== "unresolved") return undefined;
  return answerWithoutData(query, reading, context);
}

type Said = Extract<Reading, { kind: "nothing" | "why" | "unresolved" }>;

async function answerWithoutData(query: Query, reading: Said, context: WorkflowContext): Promise<Answer> {
  const byModel = await answerByModel(query, [], 1, context);
  if (byModel !== undefined) return byModel;
  if (reading.kind === "nothing") return cannot("There is nothing to look up in that. Ask me about the connected data or documents.");
  if (reading.kind === "unresolved")
    return cannot("I cannot tell what that refers to. Please ask it as a whole question.", ["Nothing said before explains it."]);
  const how = `This is how the answer to "${reading.question}" came about: ${reading.explanation}`;
  return cannot(`${how}\n\nThe data says what is, not why it is so.`, [reading.explanation]);
}
