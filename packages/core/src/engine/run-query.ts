import { questionKey } from "../memory/question-key.ts";
import type { QueryEvent, QueryResult } from "../ports/query.ts";
import type { Emit, Turn } from "../ports/workflow.ts";
import { answerQuery, fromCache } from "./answer-query.ts";
import { type FollowUp, asMeant, asRead, readFollowUp, standsAlone } from "./follow-up.ts";
import type { EngineParts, Run } from "./parts.ts";
import type { RunningQuery } from "./query-stream.ts";
import { cacheQuestion, recallAnswer, recallTurns } from "./recall.ts";
import { once } from "./once.ts";
import { record, recordFailure } from "./record.ts";
import { validateQuery } from "./validate-query.ts";

const noTurns: readonly Turn[] = [];
const standing: FollowUp = { attempts: [] };
const unheard: Emit = () => {};

/** The life of a query, top to bottom. Yields what a reader may watch, and returns the result. */
export async function* runQuery(run: Run, parts: EngineParts): RunningQuery {
  const { query } = run;
  const told: QueryEvent[] = [];
  const { watched } = run;
  const emit: Emit = watched ? (event) => told.push(event) : unheard;
  // 1. admit
  validateQuery(query, parts);
  const leave = parts.admission.enter();
  try {
    for (const guard of parts.guards) await guard(query, { signal: run.signal });
    if (watched) yield { type: "query-start", id: run.id, text: query.text, sessionId: query.sessionId };
    // 2. recall
    const said = query.sessionId === undefined ? noTurns : await once("turns", run, emit, () => recallTurns(run, parts, emit));
    const followUp = said.length === 0 ? standing : await once("reading", run, emit, () => readFollowUp(run, said, parts));
    const { reading } = followUp;
    const learning = parts.learnt.ready(query, run.startedAt);
    if (learning !== undefined) await learning;
    const meant = asMeant(run, reading);
    const turns = standsAlone(reading) ? noTurns : said;
    // 3. exact hit?
    const question = cacheQuestion(meant, turns, parts);
    const recalled = recallAnswer(question, "exact", meant, parts, emit);
    const hit = recalled instanceof Promise ? await recalled : recalled;
    if (hit !== undefined) emit({ type: "text-delta", text: hit.result.text });
    if (hit?.stale === true) parts.refresher.refresh(meant.query, question);
    while (told.length > 0) yield told.shift()!;
    // 4. single flight around 5. classify, 6. semantic hit?, 7. run the workflow, 8. remember
    const compute = (signal: AbortSignal, emit: Emit): Promise<QueryResult> =>
      answerQuery(question, turns, { ...meant, signal }, parts, emit);
    let answered = hit === undefined ? undefined : fromCache(hit, run);
    if (answered === undefined) {
      const seat = parts.flights.join(flightKey(question, meant, parts), run.signal, compute);
      try {
        if (watched) yield seat;
        answered = await seat.result();
      } finally {
        seat.leave();
      }
    }
    // 9. record
    const result = await record(asRead(answered, followUp), run, reading, parts, emit);
    parts.asked.note(meant, result);
    while (told.length > 0) yield told.shift()!;
    if (watched) yield { type: "finish", result };
    return result;
  } catch (error) {
    recordFailure(error, run, parts);
    throw error;
  } finally {
    leave();
  }
}

/** Which questions may share a run: the same in everything the answer may depend on, where sharing answers is allowed at all. */
function flightKey(
  question: ReturnType<typeof cacheQuestion>,
  { query, afterFirstToken, durable }: Run,
  { cache }: EngineParts,
): string | undefined {
  if (cache === undefined || durable !== undefined || (query.options?.cache ?? "use") !== "use") return undefined;
  const key = questionKey(question);
  // Whether an answer is one caller's own is known at its end only: until then nobody else watches it.
  const isOpen = question.scope.principal === query.principal?.id;
  // The cache's key as it is for most: a longer one would be hashed anew.
  return isOpen && afterFirstToken === "restart" ? key : JSON.stringify([afterFirstToken, query.principal?.id, key]);
}
