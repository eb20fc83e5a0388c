import type { OrchestratorEvent } from "@hydrogenai/core";

export interface Target {
  readonly name: string;
  readonly ratio: number;
  readonly atLeast: number;
}

let made = 0;

/** An event of about 500 bytes, the next of 50 subjects. */
export function nextEvent(): OrchestratorEvent {
  made++;
  return {
    specversion: "1.0",
    id: `event-${process.pid}-${made}`,
    source: "/bench",
    type: "query.answered",
    subject: `s${made % 50}`,
    time: new Date().toISOString(),
    datacontenttype: "application/json",
    data: { text: "x".repeat(250) },
  };
}

/** Operations a second with that many under way at once. */
async function perSecond(work: () => Promise<unknown>, inFlight: number, total: number): Promise<number> {
  let left = total;
  const begun = performance.now();
  const worker = async (): Promise<void> => {
    while (left-- > 0) await work();
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return (total / (performance.now() - begun)) * 1_000;
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** Rates of several works in turn, round after round, so that what else the machine does touches all alike; the median ratio to the first. */
export async function ratios(
  works: Readonly<Record<string, () => Promise<unknown>>>,
  inFlight: number,
  total: number,
): Promise<Map<string, number>> {
  const rounds = 7;
  const rates = new Map<string, number[]>(Object.keys(works).map((name) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const [name, work] of Object.entries(works)) {
      const rate = await perSecond(work, inFlight, total);
      // The first round warms up.
      if (round > 0) rates.get(name)?.push(rate);
    }
  }
  const base = [...rates.values()][0] ?? [];
  const found = new Map<string, number>();
  for (const [name, list] of rates) {
    const ratio = median(list.map((rate, round) => rate / (base[round] ?? rate)));
    found.set(name, ratio);
    console.log(
      `  ${`${name}, ${inFlight} in flight`.padEnd(48)} ${Math.round(median(list)).toString().padStart(8)}/s ${ratio.toFixed(2).padStart(6)}x`,
    );
  }
  return found;
}
