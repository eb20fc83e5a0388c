import { answer } from "./canonical.ts";
import type { ColumnProcess } from "./run-column.ts";
import { moreFaults } from "./more-faults.ts";
import { answerWell, startVendor } from "./vendor.ts";

export interface MoreRun {
  readonly faults: number;
  readonly whole: number;
  /** Ended with a typed error. */
  readonly failedCleanly: number;
  /** What was otherwise. */
  readonly wrong: readonly string[];
}

const limitMs = 35_000;

/** Every further fault once, all at once: most of them wait. */
export async function runMore(process: ColumnProcess, mayFail: boolean): Promise<MoreRun> {
  const wrong: string[] = [];
  let whole = 0;
  let failedCleanly = 0;
  const run = async ([name, conduct]: [string, (typeof moreFaults)[string]]): Promise<void> => {
    const primary = await startVendor(conduct);
    const fallback = await startVendor(answerWell);
    const outcome = await process.ask(`more: ${name}`, primary, fallback, limitMs).ended;
    if (outcome.kind === "answer" && outcome.text === answer) whole++;
    else if (mayFail && outcome.kind === "error" && outcome.isTyped) failedCleanly++;
    else
      wrong.push(
        `${name}: ${outcome.kind === "answer" ? `a false answer of ${outcome.text.length} characters` : JSON.stringify(outcome).slice(0, 120)}`,
      );
    process.forget(`more: ${name}`);
    await Promise.all([primary.close(), fallback.close()]);
  };
  await Promise.all(Object.entries(moreFaults).map(run));
  return { faults: Object.keys(moreFaults).length, whole, failedCleanly, wrong };
}
