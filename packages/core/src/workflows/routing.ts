import { classifyByRules } from "../classify/rules.ts";
import type { QueryPlan } from "../plan/index.ts";
import type { AnyQueryType, Classification, Query, QueryType } from "../ports/query.ts";
import type { Tool } from "../ports/tool-source.ts";
import type { DataAccess } from "./data-access.ts";
import { planner } from "./planner.ts";
import { searchTool } from "./scope.ts";

type Classify = (query: Query, signal: AbortSignal) => Promise<Classification> | Classification;

interface Connected {
  readonly tools: readonly Tool[];
}

/** A plan this sure explains the question: every word that matters found its place in the data. */
const sureFrom = 0.6;

const isData = (type: AnyQueryType): type is "simple" | "complex" => type === "simple" || type === "complex";

/** Groups, rows looked at through others, three collections, or two with an aggregate make a question complex. */
function typeOf({ groupBy, where, joins, measures }: QueryPlan): QueryType {
  const isNested = where.some(({ kind }) => kind === "related" || kind === "versus");
  return groupBy.length > 0 || isNested || joins.length > 1 || (joins.length === 1 && measures.length > 0) ? "complex" : "simple";
}

function asData(verdict: Classification, type: QueryType, by: string, why: string): Classification {
  const probabilities = { simple: 0, complex: 0, rag: 0, schema: 0, tool: 0, [type]: verdict.confidence };
  return { ...verdict, type, probabilities, margin: verdict.confidence, by, evidence: [...verdict.evidence, why] };
}

/**
 * Classifies by what is connected where only the wording was read so far: a question the data explains as a whole is about the data, as
 * simple or complex as its plan, and one for documents goes to the data where there are none. What somebody else decided, and orders the rules know, stay as they are.
 */
export function byWhatIsConnected(classify: Classify, data: DataAccess, connected: () => Promise<Connected> | Connected): Classify {
  function mayHaveData(): boolean {
    const known = connected();
    return known instanceof Promise || known.tools.length > 0;
  }

  async function second(verdict: Classification, query: Query, type: QueryType, signal: AbortSignal): Promise<Classification> {
    const { tools } = await connected();
    try {
      const source = await data.sourceOf(tools);
      if (source === undefined) return verdict;
      const { planQuestion } = await planner();
      const outcome = await planQuestion(source, query.text, { signal });
      if (outcome.kind === "plan" && outcome.confidence >= sureFrom) {
        const planned = typeOf(outcome.plan);
        return planned === verdict.type ? verdict : asData(verdict, planned, "plan", outcome.explanation);
      }
      const hasDocuments = tools.some(({ name }) => name === searchTool);
      return verdict.type === "rag" && !hasDocuments ? asData(verdict, type, "connected", "no documents are connected") : verdict;
    } catch {
      // Whoever needs the data says that it is missing.
      signal.throwIfAborted();
      return verdict;
    }
  }

  function heed(verdict: Classification, query: Query, signal: AbortSignal): Promise<Classification> | Classification {
    if (verdict.by !== "linear" || !mayHaveData()) return verdict;
    const { type } = isData(verdict.type) ? verdict : classifyByRules(query);
    return isData(type) ? second(verdict, query, type, signal) : verdict;
  }

  return (query, signal) => {
    const verdict = classify(query, signal);
    return verdict instanceof Promise ? verdict.then((made) => heed(made, query, signal)) : heed(verdict, query, signal);
  };
}
