import { OrchestratorError, isOrchestratorError } from "../errors.ts";
import type { Json } from "../ports/json.ts";
import type { ModelEvent, ModelRequest, Provider } from "../ports/provider.ts";
import type { Answer } from "../ports/query.ts";
import type { Watched, Workflow, WorkflowContext } from "../ports/workflow.ts";
import type { OutputGuard } from "./output-guard.ts";
import { heldText, redacted, redactedJson, spansIn } from "./redact.ts";

/** What was refused, for the record. */
export interface Refusal {
  readonly run: string;
  /** The error's code, or the guard that refused. */
  readonly by: string;
  readonly tool: string;
}

const forRequest = (guards: readonly OutputGuard[], request: ModelRequest): readonly OutputGuard[] =>
  guards.map((guard) => guard.forRequest?.(request) ?? guard);

/** The models with every text guarded before anybody sees it, streamed or whole. */
export function guardedModel(model: Provider, guards: readonly OutputGuard[]): Provider {
  async function* stream(request: ModelRequest, options?: Parameters<Provider["stream"]>[1]): AsyncGenerator<ModelEvent, void, void> {
    const held = heldText(forRequest(guards, request));
    for await (const event of model.stream(request, options)) {
      if (event.type === "text-delta") {
        const text = held.push(event.text);
        if (text !== "") yield { type: "text-delta", text };
        continue;
      }
      if (event.type === "text-reset") held.clear();
      if (event.type === "finish") {
        const text = held.end();
        if (text !== "") yield { type: "text-delta", text };
      }
      yield event;
    }
  }
  return {
    ...model,
    stream,
    async generate(request, options) {
      const completion = await model.generate(request, options);
      return { ...completion, text: redacted(completion.text, forRequest(guards, request)) };
    },
  };
}

function guardedAnswer(answer: Answer, guards: readonly OutputGuard[]): Answer {
  const { text, data, citations, explanation } = answer;
  return {
    ...answer,
    text: redacted(text, guards),
    data: data === undefined ? undefined : redactedJson(data, guards),
    citations: citations?.map((citation) => ({
      ...citation,
      title: redacted(citation.title, guards),
      text: redacted(citation.text, guards),
    })),
    explanation: explanation?.map((sentence) => redacted(sentence, guards)),
  };
}

/** Whether any text or key inside holds what the guard finds. */
function holdsAny(value: Json, guard: OutputGuard): boolean {
  if (typeof value === "string") return spansIn(value, [guard]).length > 0;
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([key, inner]: [string, Json]) => holdsAny(key, guard) || holdsAny(inner, guard));
}

/** The context whose tools are refused input that holds what must not leave; every refusal, also of roles, is told. */
function guardedContext(context: WorkflowContext, guards: readonly OutputGuard[], onRefused: (refusal: Refusal) => void): WorkflowContext {
  const blocking = guards.filter(({ tools }) => tools === true);
  function check(tool: string, input: Json): void {
    const guard = blocking.find((guard) => holdsAny(input, guard));
    if (guard === undefined) return;
    onRefused({ run: context.id, by: guard.name, tool });
    throw new OrchestratorError("TOOL_FORBIDDEN", `the guard ${guard.name} keeps this input from the tool ${tool}`, {
      details: { tool, guard: guard.name },
    });
  }
  return {
    ...context,
    async say(request, options) {
      const completion = await context.say(request, options);
      // An agent runs no call of a tool it was not offered; that it was asked for is worth knowing.
      for (const { name } of completion?.toolCalls ?? [])
        if (!(request.tools ?? []).some((tool) => tool.name === name)) onRefused({ run: context.id, by: "not-offered", tool: name });
      return completion;
    },
    async callTool(name, input, options) {
      if (blocking.length > 0) check(name, input);
      try {
        return await context.callTool(name, input, options);
      } catch (error) {
        if (isOrchestratorError(error, "TOOL_FORBIDDEN") || isOrchestratorError(error, "APPROVAL_REQUIRED"))
          onRefused({ run: context.id, by: error.code, tool: name });
        throw error;
      }
    },
  };
}

/** The workflow with its tools and its answer guarded. */
export function guardedWorkflow({ name, run }: Workflow, guards: readonly OutputGuard[], onRefused: (refusal: Refusal) => void): Workflow {
  const guarded = (answer: Answer): Answer => (guards.length === 0 ? answer : guardedAnswer(answer, guards));
  async function* watched(running: Watched<Answer>): Watched<Answer> {
    return guarded(yield* running);
  }
  return {
    name,
    run(query, context) {
      const running = run(query, guardedContext(context, guards, onRefused));
      return running instanceof Promise ? running.then(guarded) : watched(running);
    },
  };
}
