import type { Workflow } from "../ports/workflow.ts";

/** A workflow, checked by its type: what it yields may be watched, what it returns is the answer. */
export const defineWorkflow = (workflow: Workflow): Workflow => workflow;
