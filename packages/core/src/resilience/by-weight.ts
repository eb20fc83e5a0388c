import { OrchestratorError } from "../errors.ts";
import type { FailoverOptions } from "./failover-options.ts";

/**
 * An order for `failover`: at random, each provider as often first as its weight says; the others follow, drawn the same way. A provider
 * without a weight comes after all that have one, in the order given, and one with weight 0 is never asked. Throws `CONFIG_INVALID` for a
 * weight below 0.
 */
export function byWeight(
  weights: Readonly<Record<string, number>>,
  random: () => number = Math.random,
): NonNullable<FailoverOptions["order"]> {
  for (const [name, weight] of Object.entries(weights)) {
    if (!(Number.isFinite(weight) && weight >= 0))
      throw new OrchestratorError("CONFIG_INVALID", `the weight of ${name} must be 0 or more, not ${weight}`);
  }
  return (providers) => {
    const drawn = providers
      .filter(({ name }) => (weights[name] ?? 0) > 0)
      // Exponential draws order like drawing one after the other without putting back.
      .map((provider) => ({ provider, at: -Math.log(1 - random()) / weights[provider.name]! }))
      .sort((a, b) => a.at - b.at);
    return [...drawn.map(({ provider }) => provider), ...providers.filter(({ name }) => weights[name] === undefined)];
  };
}
