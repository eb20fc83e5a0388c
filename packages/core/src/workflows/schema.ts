import { isBeyondData } from "../conversation/beyond-data.ts";
import { isOrchestratorError } from "../errors.ts";
import type { Catalog, Collection } from "../plan/index.ts";
import type { Answer, Query } from "../ports/query.ts";
import type { Workflow, WorkflowContext } from "../ports/workflow.ts";
import type { DataAccess } from "./data-access.ts";
import { answerByModel, cannot } from "./model-answer.ts";
import { outside } from "./scope.ts";
import { contentWords } from "./words.ts";

const cell = (text: string | undefined): string => (text ?? "").replace(/\s+/g, " ").replaceAll("|", "\\|").slice(0, 120);

const row = (...cells: readonly string[]): string => `| ${cells.join(" | ")} |`;

/** The collections whose whole name the question mentions. */
function mentioned(question: string, { collections }: Catalog): readonly Collection[] {
  const words = new Set(contentWords(question));
  return collections.filter(({ name }) => {
    const parts = contentWords(name);
    return parts.length > 0 && parts.every((part) => words.has(part));
  });
}

function describeCollection({ name, description, count, fields }: Collection, { relations }: Catalog): string {
  const lines = fields.map((field) => row(field.name, field.type, field.nullable ? "may be missing" : "", cell(field.description)));
  const links = relations.filter(({ from, to }) => from.collection === name || to.collection === name);
  const related = links.map(({ from, to }) => `- ${from.collection}.${from.field} refers to ${to.collection}.${to.field}`);
  return [
    `**${name}** holds ${count.toLocaleString("en-US")} rows with ${fields.length} fields.${description ? ` ${cell(description)}` : ""}`,
    [row("field", "type", "", "about"), row("---", "---", "---", "---"), ...lines].join("\n"),
    ...(related.length > 0 ? [`Relations:\n\n${related.join("\n")}`] : []),
  ].join("\n\n");
}

function listCollections({ collections }: Catalog): string {
  const lines = collections.map(({ name, count, fields, description }) =>
    row(name, count.toLocaleString("en-US"), String(fields.length), cell(description)),
  );
  const head = `There are ${collections.length} collections.`;
  return `${head}\n\n${[row("collection", "rows", "fields", "about"), row("---", "---:", "---:", "---"), ...lines].join("\n")}`;
}

/** Words that ask what there is; without one, and with no collection named, a question is about something else. */
const asksWhatThereIs =
  /\b(?:collections?|tables?|fields?|columns?|attributes?|schemas?|data(?:sets?|bases?)?|entit(?:y|ies)|structures?|models?|relations?|relationships?|keys?|types?|index(?:es)?|stored?|stores?|holds?|contains?|connected|available|inside|information|sources?|there|have|has|ask|query|here|everything)\b/i;

function answerFromCatalog(query: Query, catalog: Catalog, context: WorkflowContext): Answer {
  const named = mentioned(query.text, catalog);
  if (named.length === 0 && (!asksWhatThereIs.test(query.text) || isBeyondData(query.text, catalog))) return outside(catalog, context);
  const text =
    named.length > 0 ? named.map((collection) => describeCollection(collection, catalog)).join("\n\n") : listCollections(catalog);
  const shown = named.length > 0 ? named : catalog.collections;
  const data = shown.map(({ name, count, fields }) => ({ name, count, fields: fields.map(({ name, type }) => ({ name, type })) }));
  return { text, data, answeredBy: "local", explanation: ["Read from the schema the connected tools report."] };
}

/** The collections a question names, or all of them, from the schema the tools report; undefined where no data can be reached. */
export async function describeData(query: Query, data: DataAccess, context: WorkflowContext): Promise<Answer | undefined> {
  const source = await data.sourceOf(context.connected);
  if (source === undefined) return undefined;
  try {
    return await context.step("read schema", async () => {
      return answerFromCatalog(query, await source.catalog({ signal: context.signal }), context);
    });
  } catch (error) {
    context.signal.throwIfAborted();
    if (!isOrchestratorError(error)) throw error;
    context.degrade("tools:data", error.message);
    return undefined;
  }
}

/** Describes the data a question is about; a model is asked where no schema can be read. */
export function schemaWorkflow(data: DataAccess, maxSteps: number): Workflow {
  return {
    name: "schema_discovery",
    async run(query, context) {
      const answer = await describeData(query, data, context);
      if (answer !== undefined) return answer;
      const byModel = await answerByModel(
        query,
        context.tools.filter((tool) => tool.readOnly),
        maxSteps,
        context,
      );
      return byModel ?? cannot("No data is connected, so there is no schema to describe.");
    },
  };
}
