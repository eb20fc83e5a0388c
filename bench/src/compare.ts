import { execFileSync } from "node:child_process";

const rounds = 5;
const here = import.meta.dirname;

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** A subject with its figures, medians over rounds in processes of their own. */
export interface Figure {
  readonly subject: string;
  readonly us: number;
  readonly kilobytes: number;
}

/** Measures subjects in turns, round after round, so that a noisy moment hurts all of them alike. */
export function compare(subjects: readonly string[]): Figure[] {
  const runs = new Map(subjects.map((subject) => [subject, [] as { us: number; bytes: number }[]]));
  for (let round = 0; round < rounds; round++) {
    for (const subject of subjects) {
      process.stderr.write(`\r${subject} ${round + 1}/${rounds}        `);
      const args = ["--conditions=@hydrogenai/source", "--expose-gc", "--no-warnings", `${here}/one.ts`, subject];
      runs.get(subject)!.push(JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] })));
    }
  }
  process.stderr.write("\r                                        \r");
  return subjects.map((subject) => {
    const figures = runs.get(subject)!;
    return { subject, us: median(figures.map(({ us }) => us)), kilobytes: median(figures.map(({ bytes }) => bytes)) / 1024 };
  });
}

/** Median milliseconds and resident megabytes that importing a module adds to an empty process. */
export function importCost(specifier: string): { readonly ms: number; readonly megabytes: number } {
  const code = `const before = process.memoryUsage().rss; const at = performance.now(); await import(${JSON.stringify(specifier)});
    console.log(JSON.stringify({ ms: performance.now() - at, megabytes: (process.memoryUsage().rss - before) / 1048576 })); process.exit(0)`;
  const runs = Array.from({ length: rounds * 2 + 1 }, () =>
    JSON.parse(execFileSync(process.execPath, ["--input-type=module", "-e", code], { encoding: "utf8", cwd: `${here}/..` })),
  ) as { ms: number; megabytes: number }[];
  return { ms: median(runs.map(({ ms }) => ms)), megabytes: median(runs.map(({ megabytes }) => megabytes)) };
}
