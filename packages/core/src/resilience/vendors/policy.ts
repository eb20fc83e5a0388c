import { ProviderError, type ProviderFailure, isOrchestratorError, isProviderError } from "../../errors.ts";

/** What a failure of a vendor leads to. */
export interface Conduct {
  /** Whether the same vendor is asked again: before the others, only when nobody else is left, or not at all. */
  readonly again: "first" | "last" | "never";
  /** Whether another vendor may answer what this one would not. */
  readonly others: boolean;
  /** Whether it speaks against the vendor's health. */
  readonly counts: boolean;
  /** Milliseconds the vendor is left alone where it did not say; 0 is not at all. */
  readonly restMs: number;
}

const minute = 60_000;

/** The one table of what to do, by kind of failure and by nothing else. */
export const conduct: Readonly<Record<ProviderFailure, Conduct>> = {
  server: { again: "first", others: true, counts: true, restMs: 0 },
  network: { again: "first", others: true, counts: true, restMs: 0 },
  unknown: { again: "first", others: true, counts: true, restMs: 0 },
  overloaded: { again: "last", others: true, counts: true, restMs: 0 },
  timeout: { again: "last", others: true, counts: true, restMs: 0 },
  malformed: { again: "last", others: true, counts: true, restMs: 0 },
  incomplete: { again: "last", others: true, counts: true, restMs: 0 },
  "rate-limit": { again: "last", others: true, counts: false, restMs: 1_000 },
  quota: { again: "never", others: true, counts: false, restMs: 5 * minute },
  auth: { again: "never", others: true, counts: false, restMs: minute },
  "model-not-found": { again: "never", others: true, counts: false, restMs: minute },
  "context-length": { again: "never", others: true, counts: false, restMs: 0 },
  "content-filter": { again: "never", others: false, counts: false, restMs: 0 },
  "bad-request": { again: "never", others: false, counts: false, restMs: 0 },
};

/** A vendor that asks for less is left alone this long all the same. */
const minRestMs = 100;
const maxRestMs = 24 * 60 * minute;
/** Where the vendor did not say how long, each further refusal in a row doubles the rest, up to this or to its own length. */
const maxOwnRestMs = minute;

/** Milliseconds to leave the vendor alone after its `inARow`-th refusal; 0 when there is no reason to. */
export function restAfter({ kind, retryAfterMs }: ProviderError, inARow: number, random: () => number): number {
  if (retryAfterMs !== undefined && retryAfterMs >= 0) return Math.min(maxRestMs, Math.max(minRestMs, retryAfterMs));
  const { restMs } = conduct[kind];
  const grown = Math.min(Math.max(restMs, maxOwnRestMs), restMs * 2 ** (inARow - 1));
  return grown * (1 + random() / 4);
}

const firstPauseMs = 100;
const maxPauseMs = 5_000;

/** Milliseconds before the same vendor is asked again, after so many failures within this call. */
export function pauseBefore(failures: number, random: () => number): number {
  return Math.min(maxPauseMs, firstPauseMs * 2 ** (failures - 1)) * (0.5 + random() / 2);
}

/** What looks like a vendor's key. Adapters know theirs and hide it; an error nobody made for us may repeat one. */
const keyLike = /\b(?:sk|gsk|pk|xai|AIza)[-_]?[\w-]{12,}|(?<=\bBearer\s)\S+/g;

/** Whatever a provider threw, as a `ProviderError` that names it. */
export function asProviderError(error: unknown, provider: string): ProviderError {
  if (isProviderError(error)) return error;
  const said = error instanceof Error ? error.message : String(error);
  const message = `${provider} failed: ${said.replace(keyLike, "[key]")}`;
  // A provider made of several has asked again itself, as often as it makes sense.
  const kind = isOrchestratorError(error, "PROVIDERS_EXHAUSTED") ? "overloaded" : "unknown";
  const retryAfterMs = isOrchestratorError(error) ? error.details["retryAfterMs"] : undefined;
  return new ProviderError(message, {
    provider,
    kind,
    retryable: true,
    cause: error,
    retryAfterMs: typeof retryAfterMs === "number" ? retryAfterMs : undefined,
  });
}
