/** A bounded number of places; who comes when all are taken waits in line. */
export interface Slots {
  readonly take: () => Promise<void>;
  readonly give: () => void;
}

export function slots(count: number): Slots {
  const line: (() => void)[] = [];
  let free = count;
  return {
    async take() {
      if (free > 0) free--;
      else await new Promise<void>((resolve) => line.push(resolve));
    },
    give() {
      const next = line.shift();
      if (next === undefined) free++;
      else next();
    },
  };
}
