import type { Expected, Question } from "./question.ts";
import type { Row } from "./rows.ts";

/** Collections by name. */
export type Tables = Readonly<Record<string, readonly Row[]>>;

/** A question whose answers are known. */
export interface Asked extends Pick<Question<unknown>, "ask" | "kind"> {
  readonly accepted: readonly Expected[];
}

/** Data, and questions about it. */
export interface DataSet {
  readonly title: string;
  readonly tables: Tables;
  /** The folder to serve: `"shipped"` is the one the data tools come with, `undefined` a new one with a JSON file for each table. */
  readonly folder: string | undefined;
  readonly questions: readonly Asked[];
}

/** Computes the answers of questions about these tables. */
export const dataSet = <Data extends Tables>(
  title: string,
  tables: Data,
  questions: readonly Question<Data>[],
  folder?: string,
): DataSet => ({
  title,
  tables,
  folder,
  questions: questions.map(({ ask, kind, accept }) => ({ ask, kind, accepted: accept.map((answer) => answer(tables)) })),
});
