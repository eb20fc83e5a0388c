import type { CallOptions } from "../ports/call.ts";
import type { Clock } from "../ports/clock.ts";
import type { ModelRequest, Provider } from "../ports/provider.ts";
import type { Attempt } from "../ports/query.ts";
import type { Composite } from "./composite.ts";
import type { StateStore } from "../ports/state-store.ts";
import type { Meter } from "./money/meter.ts";
import type { BreakerRule } from "./vendors/breaker.ts";
import type { Price, PriceTable } from "./vendors/prices.ts";
import type { VendorChange } from "./vendors/vendors.ts";

/** What happens when a vendor fails after text of its answer was passed on. */
export type AfterFirstToken = "error" | "buffer" | "restart";

export interface FailoverOptions {
  /** Milliseconds of the whole call over all attempts. @default 60000 */
  readonly timeoutMs?: number | undefined;
  /** Milliseconds until an answer must have begun; half of what is left of the call where that is less and another vendor is ready. @default 10000 */
  readonly firstTokenTimeoutMs?: number | undefined;
  /** Milliseconds between two pieces of an answer. @default 15000 */
  readonly idleTimeoutMs?: number | undefined;
  /** Attempts of one call over all vendors. @default 3, or as many as there are vendors */
  readonly maxAttempts?: number | undefined;
  /**
   * `error` ends the stream with one `STREAM_INCOMPLETE` whose `details.text` is the text so far; `restart` sends a `text-reset`, which voids
   * that text, and asks the next vendor; `buffer` shows nothing until the answer is whole. `generate` shows nothing and always goes on. @default "error"
   */
  readonly afterFirstToken?: AfterFirstToken | undefined;
  /**
   * When every vendor is out: `probe` asks one that failed all the same, one call at a time and once a second at most, and waits for one that
   * asked to be left alone; `wait` waits for either; `fail` rejects at once. Nobody is waited for longer than a minute or the deadline. @default "probe"
   */
  readonly onExhausted?: "probe" | "wait" | "fail" | undefined;
  /** Refusals after which the other vendors are asked all the same; by default they end the call, since others would refuse as well. */
  readonly tryOthersOn?: readonly ("content-filter" | "bad-request")[] | undefined;
  /** Which providers to ask for this request and in which order, as for weights or conditions. @default all, as given */
  readonly order?: ((providers: readonly Provider[], request: ModelRequest) => readonly Provider[]) | undefined;
  /** What models cost; these entries are added to the table that is built in. */
  readonly prices?: PriceTable | undefined;
  /** What a model costs that no table knows. @default unknown: its cost is left out, and a budget in dollars refuses to ask it */
  readonly unknownPrice?: Price | undefined;
  /** Told once of every change of a vendor's breaker. */
  readonly onChange?: ((change: VendorChange) => void) | undefined;
  /**
   * Makes the rule by which one vendor's breaker opens, such as `() => new ConsecutiveBreaker(5)` of the package `cockatiel`. How long it stays
   * open and who may try is not the rule's. @default more than half of the outcomes of the last five seconds failed, and no fewer than the last two
   */
  readonly breaker?: (() => BreakerRule) | undefined;
  /** Where processes tell each other which vendors fail, by the providers' names: of two deadlines the later holds. @default nowhere */
  readonly state?: StateStore | undefined;
  /** For tests. @default the process's own */
  readonly clock?: Clock | undefined;
}

export interface FailoverCallOptions extends CallOptions {
  /** Instead of the option of the same name. */
  readonly afterFirstToken?: AfterFirstToken | undefined;
  /** Milliseconds left for this call, where that is less than the option of the same name. */
  readonly timeoutMs?: number | undefined;
  /** Told of every attempt when it ended. */
  readonly onAttempt?: ((attempt: Attempt) => void) | undefined;
  /** What the caller may spend; every attempt is reserved with it before, and settled afterwards. */
  readonly meter?: Meter | undefined;
  readonly onFailover?: ((failover: { readonly from: string; readonly to: string; readonly reason: string }) => void) | undefined;
}

/** Several providers as one. */
export interface Failover extends Composite {
  /** The same with one of the providers only; what is known of it is shared. Undefined for a name that is not there. */
  readonly only: (name: string) => Provider | undefined;
}
