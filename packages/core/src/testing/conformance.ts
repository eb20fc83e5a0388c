import { AssertionError } from "node:assert";
import { within } from "./waiting.ts";

/** One promise of a port, as a test. The name is the clause of the port's contract, word for word, with `: aspect` where one clause has several cases. */
export interface ConformanceCase<Subject> {
  readonly name: string;
  /** Rejects when the subject breaks the promise; `limitMs` is how long it waits for something that must happen. */
  readonly run: (subject: Subject, limitMs: number) => Promise<void>;
}

/** The `it` of vitest, of `node:test`, or of anything shaped like them. */
export interface It {
  (name: string, run: () => Promise<void>): unknown;
  readonly skip: (name: string, run: () => Promise<void>) => unknown;
}

export interface ConformanceOptions<Subject> {
  /** Makes a fresh subject that shares nothing with earlier ones; called once a case. */
  readonly create: () => Subject | Promise<Subject>;
  /** Takes the subject down after its case. @default calls its `close`, when it has one */
  readonly destroy?: ((subject: Subject) => Promise<void> | void) | undefined;
  /** Promises this adapter does not keep: name of the case to the reason, which is shown. An unknown name throws. */
  readonly skip?: Readonly<Record<string, string>> | undefined;
  /** Milliseconds a case waits for something that must happen. @default 5000 */
  readonly limitMs?: number | undefined;
}

/** Registers every case with `it`, each on a subject of its own. */
export function runConformance<Subject extends object>(
  cases: readonly ConformanceCase<Subject>[],
  it: It,
  options: ConformanceOptions<Subject>,
): void {
  const skip = options.skip ?? {};
  const unknown = Object.keys(skip).find((name) => !cases.some((each) => each.name === name));
  if (unknown !== undefined) throw new TypeError(`skip names no case of this kit: ${JSON.stringify(unknown)}`);
  for (const each of cases) {
    const reason = skip[each.name];
    if (reason === undefined) it(each.name, () => runCase(each, options));
    else if (reason.trim() === "") throw new TypeError(`skip gives no reason for ${JSON.stringify(each.name)}`);
    else it.skip(`${each.name} (skipped: ${reason})`, async () => {});
  }
}

/** Runs one case on a fresh subject and takes the subject down, whatever happens. Rejects with the failure of the case. */
export async function runCase<Subject extends object>(
  each: ConformanceCase<Subject>,
  { create, destroy = closeSubject, limitMs = 5_000 }: ConformanceOptions<Subject>,
): Promise<void> {
  const subject = await create();
  const failures: unknown[] = [];
  const attempt = async (run: () => Promise<void> | void, what: string): Promise<void> => {
    try {
      await within(Promise.resolve(run()), 3 * limitMs, what);
    } catch (error) {
      failures.push(error);
    }
  };
  await attempt(() => each.run(subject, limitMs), "the case ended");
  await attempt(() => destroy(subject), "the subject was taken down");
  if (failures.length === 1) throw failures[0];
  if (failures.length > 1) throw new AggregateError(failures, failures.map(messageOf).join("; then "));
}

const messageOf = (error: unknown): string => (error instanceof AssertionError || error instanceof Error ? error.message : String(error));

async function closeSubject(subject: object): Promise<void> {
  if ("close" in subject && typeof subject.close === "function") await subject.close();
}
