import { OrchestratorError } from "../../errors.ts";

const defaults = { timeoutMs: 60_000, firstTokenTimeoutMs: 10_000, idleTimeoutMs: 15_000 };

type Numbers = Readonly<Record<keyof typeof defaults | "maxAttempts", number>>;

/** The numbers among the options with their defaults; throws `CONFIG_INVALID` for one that is no number above 0. */
export function checkedFailover(given: Partial<{ readonly [Name in keyof Numbers]: number | undefined }>, providers: number): Numbers {
  const number = (name: keyof Numbers, otherwise: number): number => {
    const value = given[name] ?? otherwise;
    if (typeof value === "number" && value > 0) return value;
    throw new OrchestratorError("CONFIG_INVALID", `failover.${name} must be a number above 0, and is ${String(value)}`);
  };
  return {
    timeoutMs: number("timeoutMs", defaults.timeoutMs),
    firstTokenTimeoutMs: number("firstTokenTimeoutMs", defaults.firstTokenTimeoutMs),
    idleTimeoutMs: number("idleTimeoutMs", defaults.idleTimeoutMs),
    maxAttempts: number("maxAttempts", Math.max(3, providers)),
  };
}
