import { OrchestratorError, ProviderError } from "../errors.ts";
import { pause } from "./pause.ts";

/** What goes wrong. The object is read at every call, so a test may change it while things run. */
export interface Faults {
  /** So many calls fail from now on; counts down. @default 0 */
  failNext?: number | undefined;
  /** Every so many-th call fails; 1 is all of them. @default none */
  failEvery?: number | undefined;
  /** Milliseconds every call waits first; Infinity hangs until the call is aborted. @default 0 */
  delayMs?: number | undefined;
  /** What a failing call rejects with. @default a retryable `STORE_UNAVAILABLE`, or a `ProviderError` from a provider */
  error?: Error | undefined;
  /** Only these methods. @default all but `close`, `health` and `onChange` */
  only?: readonly string[] | undefined;
}

const never: ReadonlySet<string> = new Set(["close", "health", "onChange"]);
/** The methods of ports that answer an `AsyncIterable` instead of a promise. */
const streaming: ReadonlySet<string> = new Set(["stream", "read"]);

/**
 * The adapter of any port, with faults. A failing call does not reach the adapter. Delays heed the `signal` of the call.
 * What a method answers is handed on as it is: for the tools of a source, wrap the tools.
 *
 *     const faults = { failNext: 2 };
 *     const store = faulty(memoryCacheStore(), faults);
 */
export function faulty<Adapter extends object>(adapter: Adapter, faults: Faults): Adapter {
  let calls = 0;

  /** Resolves or rejects as the faults say, or answers undefined when nothing is wrong with this call. */
  const strike = (args: readonly unknown[]): Promise<void> | undefined => {
    calls++;
    const { failNext = 0, failEvery, delayMs = 0 } = faults;
    const fails = failNext > 0 || (failEvery !== undefined && calls % failEvery === 0);
    if (failNext > 0) faults.failNext = failNext - 1;
    return fails || delayMs > 0 ? befall(args, delayMs, fails) : undefined;
  };

  const befall = async (args: readonly unknown[], delayMs: number, fails: boolean): Promise<void> => {
    if (delayMs > 0) await pause(delayMs, signalIn(args));
    if (fails) throw faults.error ?? defaultError(adapter);
  };

  return new Proxy(adapter, {
    get: (target, property) => {
      const member: unknown = Reflect.get(target, property);
      if (typeof member !== "function" || typeof property !== "string" || never.has(property)) return member;
      if (faults.only?.includes(property) === false) return member;
      const call = (args: readonly unknown[]): unknown => Reflect.apply(member, target, args);
      if (streaming.has(property))
        return async function* (...args: readonly unknown[]) {
          await strike(args);
          // The names above belong to methods that answer an iterable.
          yield* call(args) as AsyncIterable<unknown>;
        };
      // Without a fault the call is made at once, as its caller expects of what it hands over.
      return (...args: readonly unknown[]) => strike(args)?.then(() => call(args)) ?? call(args);
    },
  });
}

function signalIn(args: readonly unknown[]): AbortSignal | undefined {
  const last = args.at(-1);
  return typeof last === "object" && last !== null && "signal" in last && last.signal instanceof AbortSignal ? last.signal : undefined;
}

function defaultError(adapter: object): Error {
  const message = "a fault was asked for";
  if (!("generate" in adapter)) return new OrchestratorError("STORE_UNAVAILABLE", message, { retryable: true });
  const provider = "name" in adapter ? String(adapter.name) : "faulty";
  return new ProviderError(message, { provider, kind: "network", retryable: true });
}
