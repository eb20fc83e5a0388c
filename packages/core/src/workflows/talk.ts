import type { Answer, Query } from "../ports/query.ts";
import type { Workflow, WorkflowContext } from "../ports/workflow.ts";
import { answerByModel, cannot } from "./model-answer.ts";

/** What needs no data: talk that asks nothing, and how an answer came about. Undefined for everything else. */
export async function answerTalk(query: Query, context: WorkflowContext): Promise<Answer | undefined> {
  const { reading } = context;
  if (reading?.kind === "unresolved" && (context.hasModel || reading.tie === "continues")) return undefined;
  if (reading?.kind !== "nothing" && reading?.kind !== "why" && reading?.kind !== "unresolved") return undefined;
  const byModel = await answerByModel(query, [], 1, context);
  if (byModel !== undefined) return byModel;
  if (reading.kind === "nothing") return cannot("There is nothing to look up in that. Ask me about the connected data or documents.");
  if (reading.kind === "unresolved")
    return cannot("I cannot tell what that refers to. Please ask it as a whole question.", ["Nothing said before explains it."]);
  const how = `This is how the answer to "${reading.question}" came about: ${reading.explanation}`;
  return cannot(`${how}\n\nThe data says what is, not why it is so.`, [reading.explanation]);
}

/** The workflow, but for what is said in a conversation and needs none. */
export function withTalk({ name, run }: Workflow): Workflow {
  return {
    name,
    async *run(query, context) {
      const talk = await answerTalk(query, context);
      if (talk !== undefined) return talk;
      const running = run(query, context);
      return running instanceof Promise ? await running : yield* running;
    },
  };
}
