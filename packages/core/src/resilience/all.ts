import { OrchestratorError } from "../errors.ts";
import type { Completion, ModelRequest, Provider } from "../ports/provider.ts";
import { defineProvider } from "../provider.ts";
import { type Composite, compositeOf } from "./composite.ts";
import type { FailoverCallOptions } from "./failover-options.ts";
import { failover } from "./failover.ts";
import type { RaceOptions } from "./race.ts";

export interface AllOptions extends RaceOptions {
  /** Makes one answer of those that came, in the order of the providers; at least `atLeast` of them. */
  readonly combine: (answers: readonly Completion[], request: ModelRequest) => Completion | Promise<Completion>;
  /** How many must have answered; with fewer the call fails like the first vendor that failed. @default 1 */
  readonly atLeast?: number | undefined;
}

/**
 * Asks all vendors at once, waits for every one, and makes one answer of theirs: to compare, to vote, to choose. Its usage is the sum of all.
 * Nothing is streamed before the end, so a `failover` around it needs a `firstTokenTimeoutMs` that is long enough for a whole answer.
 */
export function all(providers: readonly Provider[], options: AllOptions): Composite {
  const { combine, atLeast = 1, ...shared } = options;
  if (!(Number.isInteger(atLeast) && atLeast >= 1 && atLeast <= providers.length))
    throw new OrchestratorError("CONFIG_INVALID", `all.atLeast must be from 1 to the ${providers.length} providers, not ${atLeast}`);
  const lanes = providers.map((provider) => failover([provider], { ...shared, maxAttempts: 1, onExhausted: "fail" }));

  async function generate(request: ModelRequest, call: FailoverCallOptions = {}): Promise<Completion> {
    const settled = await Promise.allSettled(lanes.map((lane) => lane.generate(request, call)));
    call.signal?.throwIfAborted();
    const answers = settled.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    const failure = settled.find((each) => each.status === "rejected");
    if (answers.length < atLeast) throw failure?.reason;
    const sum = (count: (answer: Completion) => number): number => answers.reduce((total, answer) => total + count(answer), 0);
    const usage = { inputTokens: sum(({ usage }) => usage.inputTokens), outputTokens: sum(({ usage }) => usage.outputTokens) };
    return { ...(await combine(answers, request)), usage };
  }

  return compositeOf({
    ...defineProvider({ name: `all(${providers.map(({ name }) => name).join(", ")})`, generate }),
    vendors: () => lanes.flatMap((lane) => lane.vendors()),
    watch: (listener) => {
      for (const lane of lanes) lane.watch(listener);
    },
    close: async () => void (await Promise.allSettled(lanes.map(async (lane) => lane.close?.()))),
  });
}
