import type { Answer, Query } from "../ports/query.ts";
import type { Watched, Workflow, WorkflowContext } from "../ports/workflow.ts";

/** What may answer in a workflow's stead. Undefined at once where it has nothing to do with a query, undefined later where it has no answer after all. */
export type First = (query: Query, context: WorkflowContext) => Promise<Answer | undefined> | undefined;

/** The workflow, but for what `first` answers. A query that is none of its business costs nothing more. */
export function preceded({ name, run }: Workflow, first: First): Workflow {
  async function* after(answering: Promise<Answer | undefined>, query: Query, context: WorkflowContext): Watched<Answer> {
    const answer = await answering;
    if (answer !== undefined) return answer;
    const running = run(query, context);
    return running instanceof Promise ? await running : yield* running;
  }
  return {
    name,
    run(query, context) {
      const answering = first(query, context);
      return answering === undefined ? run(query, context) : after(answering, query, context);
    },
  };
}
