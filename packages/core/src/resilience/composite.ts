import type { Provider } from "../ports/provider.ts";
import type { VendorChange, VendorHealth } from "./vendors/vendors.ts";

const composite = Symbol.for("@hydrogenai/composite");

/**
 * A provider made of several, such as a failover, a race or a hedge. One inside another takes part as one vendor: it hears of the caller's
 * wishes and limits, and tells of its own attempts.
 */
export interface Composite extends Provider {
  readonly [composite]: true;
  /** How each vendor and model that was asked is doing; asks nobody. */
  readonly vendors: () => readonly VendorHealth[];
  /** Told once of every change of a vendor's breaker, from now on. */
  readonly watch: (listener: (change: VendorChange) => void) => void;
}

/** What makes a provider one of several. */
export const compositeOf = (parts: Omit<Composite, typeof composite>): Composite => ({ ...parts, [composite]: true });

export const isComposite = (provider: Provider): provider is Composite => composite in provider;
