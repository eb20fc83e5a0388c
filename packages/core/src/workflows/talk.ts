import { asksForHelp, asksNothing } from "../conversation/said.ts";
import { isOrchestratorError } from "../errors.ts";
import type { Answer, Query } from "../ports/query.ts";
import type { Reading } from "../ports/reading.ts";
import type { WorkflowContext } from "../ports/workflow.ts";
import type { DataAccess } from "./data-access.ts";
import { answerByModel, cannot } from "./model-answer.ts";
import { whatIsHere } from "./scope.ts";

type Talk = Extract<Reading, { kind: "nothing" | "why" | "unresolved" }> | { readonly kind: "help" };

function talkIn({ text }: Query, { reading, hasModel, connected }: WorkflowContext): Talk | undefined {
  // With nothing connected it is a question to the model like any other.
  if (connected.length > 0 && asksForHelp(text)) return { kind: "help" };
  if (reading === undefined) return asksNothing(text) ? { kind: "nothing" } : undefined;
  if (reading.kind === "unresolved") return hasModel || reading.tie === "continues" ? undefined : reading;
  return reading.kind === "nothing" || reading.kind === "why" ? reading : undefined;
}

/** What needs no data: talk that asks nothing, what can be asked, and how an answer came about. Undefined for everything else. */
export function answerTalk(query: Query, context: WorkflowContext, data: DataAccess): Promise<Answer> | undefined {
  const talk = talkIn(query, context);
  return talk === undefined ? undefined : answer(talk, query, context, data);
}

async function answer(talk: Talk, query: Query, context: WorkflowContext, data: DataAccess): Promise<Answer> {
  const byModel = talk.kind === "help" ? undefined : await answerByModel(query, [], 1, context);
  if (byModel !== undefined) return byModel;
  switch (talk.kind) {
    case "help":
      return cannot(`I answer questions about connected data and documents. ${await here(data, context)}`);
    case "nothing":
      return cannot(`There is nothing to look up in that. ${await here(data, context)}`);
    case "unresolved":
      return cannot("I cannot tell what that refers to. Please ask it as a whole question.", ["Nothing said before explains it."]);
    case "why": {
      const how = `This is how the answer to "${talk.question}" came about: ${talk.explanation}`;
      return cannot(`${how}\n\nThe data says what is, not why it is so.`, [talk.explanation]);
    }
  }
}

/** What is connected, and what may be asked of it. */
async function here(data: DataAccess, context: WorkflowContext): Promise<string> {
  try {
    const source = await data.sourceOf(context.connected);
    const catalog = await source?.catalog({ signal: context.signal });
    const first = catalog?.collections[0];
    if (catalog === undefined || first === undefined) return "No data is connected yet.";
    return `${whatIsHere(catalog, context)} Ask for instance "How many ${first.name} are there?", or what is there in all: "What collections are there?"`;
  } catch (error) {
    context.signal.throwIfAborted();
    if (!isOrchestratorError(error)) throw error;
    context.degrade("tools:data", error.message);
    return "The connected data cannot be reached just now.";
  }
}
