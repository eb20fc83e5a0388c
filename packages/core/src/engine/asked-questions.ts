import type { AnyQueryType, QueryResult } from "../ports/query.ts";
import type { Run } from "./parts.ts";

/** A question of a moment ago, as it was meant. */
export interface AskedQuestion {
  readonly text: string;
  readonly tenant: string | undefined;
  readonly type: AnyQueryType;
}

export interface AskedQuestions {
  /** Keeps which question a result answers; costs no object. */
  readonly note: (meant: Run, result: QueryResult) => void;
  readonly find: (id: string) => AskedQuestion | undefined;
}

/** The newest questions this process answered, `max` of them. Their answers are not held. */
export function askedQuestions(max = 1_024): AskedQuestions {
  const ids: string[] = [];
  const texts: string[] = [];
  const tenants: (string | undefined)[] = [];
  const types: AnyQueryType[] = [];
  let next = 0;
  return {
    note({ id, query }, { type }) {
      ids[next] = id;
      texts[next] = query.text;
      tenants[next] = query.tenant;
      types[next] = type;
      next = (next + 1) % max;
    },
    find(id) {
      // The newest of that id: a run that was carried out twice has it twice.
      for (let back = 1; back <= ids.length; back++) {
        const at = (next - back + max) % max;
        if (ids[at] === id) return { text: texts[at]!, tenant: tenants[at], type: types[at]! };
      }
      return undefined;
    },
  };
}
