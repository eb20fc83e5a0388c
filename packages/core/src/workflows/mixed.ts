import { classifyByRules } from "../classify/rules.ts";
import { splitQuestion } from "../conversation/split-question.ts";
import type { Json } from "../ports/json.ts";
import type { Answer, AnyQueryType, Query, QueryType } from "../ports/query.ts";
import type { Workflow, WorkflowContext } from "../ports/workflow.ts";
import { answerFromData } from "./data.ts";
import type { DataAccess } from "./data-access.ts";
import { preceded } from "./preceded.ts";

/** A question that is part of another, with its answer. */
interface Part {
  readonly question: string;
  readonly answer: Answer;
  readonly type: AnyQueryType;
}

/** Asked of a data set as a whole, which its description tells and no row of it does. */
const ofTheSet =
  /\b(?:sources?|origins?|provenance|licen[cs]e|authors?|publisher)\b.*\bdata ?(?:set)?\b|\bwhere\b.*\bdata ?(?:set)?\b.*\bfrom\b|\bdata ?set\b.*\b(?:about|contains?)\b/i;

const typeOf = (text: string): AnyQueryType => (ofTheSet.test(text) ? "rag" : classifyByRules({ text }).type);

const isData = (type: AnyQueryType): boolean => type === "simple" || type === "complex";

const sourceOf = ({ citations, plan }: Answer, type: AnyQueryType): string => {
  if (citations !== undefined && citations.length > 0) return "From the documents";
  return type === "schema" ? "From the schema" : plan !== undefined || isData(type) ? "From the data" : "From the documents";
};

function together(parts: readonly Part[]): Answer {
  const answers = parts.map(({ answer }) => answer);
  const planned = answers.filter(({ plan }) => plan !== undefined);
  const byModel = answers.find(({ answeredBy }) => answeredBy === "model");
  const data =
    planned.length === 1 ? planned[0]!.data : parts.map(({ question, answer }): Json => ({ question, data: answer.data ?? null }));
  return {
    text: parts.map(({ question, answer, type }) => `${sourceOf(answer, type)} (${question})\n\n${answer.text}`).join("\n\n"),
    data,
    citations: answers.flatMap(({ citations = [] }) => citations),
    explanation: [
      `Read as ${parts.length} questions.`,
      ...parts.flatMap(({ question, answer }) => (answer.explanation ?? []).map((line) => `${question} ${line}`)),
    ],
    plan: planned.length === 1 ? planned[0]!.plan : undefined,
    answeredBy: byModel === undefined ? "local" : "model",
    provider: byModel?.provider,
    model: byModel?.model,
    cacheable: answers.every(({ cacheable }) => cacheable !== false),
    personal: answers.some(({ personal }) => personal === true),
    tags: [...new Set(answers.flatMap(({ tags = [] }) => tags))],
  };
}

type Workflows = Readonly<Record<QueryType, Workflow>>;

/**
 * The workflows, but for a question made of several that need different ones: each part is answered by its own, and the answer says which part
 * came from where. Several questions about the data are taken apart where no one plan answers them together.
 */
export function takingApart(single: Workflows, data: DataAccess): Workflows {
  function answerParts(query: Query, context: WorkflowContext): Promise<Answer | undefined> | undefined {
    const questions = splitQuestion(query.text);
    return questions.length === 1 ? undefined : answerEach(questions, query, context);
  }

  async function answerEach(questions: readonly string[], query: Query, context: WorkflowContext): Promise<Answer | undefined> {
    const types = questions.map(typeOf);
    const areAllData = types.every(isData);
    if (types.includes("tool") || (!areAllData && new Set(types).size === 1)) return undefined;
    // "How many are in Oslo and how many in Rome?" may be one plan; "how many are there and who made them" is none.
    const isOneAsking = areAllData && new Set(questions.map((text) => /^\w+/.exec(text)?.[0].toLowerCase())).size === 1;
    const whole = isOneAsking ? await answerFromData(query, data, "local-only", context) : undefined;
    if (whole?.answer !== undefined) return whole.answer;
    const parts: Part[] = [];
    for (const [at, question] of questions.entries()) {
      // The rules know no types beside the five.
      const type = types[at] as QueryType;
      const asked: Query = { ...query, text: question };
      const alone: WorkflowContext = { ...context, reading: undefined };
      const answer = await context.step(`part ${at + 1}`, () => answerOf(single[type], asked, alone), question);
      parts.push({ question, answer, type });
    }
    return together(parts);
  }

  const whole = (workflow: Workflow): Workflow => preceded(workflow, answerParts);
  const { simple, complex, schema, rag } = single;
  return { ...single, simple: whole(simple), complex: whole(complex), schema: whole(schema), rag: whole(rag) };
}

/** The answer of a built-in workflow, which tells what it does through its context and yields nothing. */
async function answerOf(workflow: Workflow, query: Query, context: WorkflowContext): Promise<Answer> {
  const running = workflow.run(query, context);
  if (running instanceof Promise) return running;
  for (;;) {
    const next = await running.next();
    if (next.done === true) return next.value;
  }
}
