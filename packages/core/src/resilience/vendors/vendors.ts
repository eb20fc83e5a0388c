import type { Clock } from "../../ports/clock.ts";
import type { Provider } from "../../ports/provider.ts";
import { isComposite } from "../composite.ts";
import { recencyMap } from "../../memory/recency-map.ts";
import type { BreakerState } from "./breaker.ts";
import { type Vendor, type VendorHealth, vendor } from "./vendor.ts";

export type { VendorHealth } from "./vendor.ts";

/** A vendor's breaker changed its state. */
export interface VendorChange {
  readonly provider: string;
  readonly model: string | undefined;
  readonly state: BreakerState["kind"];
  readonly why: string;
}

/** Models of one vendor that are kept apart; a host that lets callers name models cannot make it grow beyond. */
const maxModels = 64;

const ownModel = "";

interface VendorsParts {
  readonly clock: Clock;
  readonly random: () => number;
  readonly onChange: ((change: VendorChange) => void) | undefined;
}

/** What is known of each vendor and model. */
export function vendors({ clock, random, onChange }: VendorsParts) {
  const byProvider = new Map<Provider, { readonly models: ReturnType<typeof recencyMap<Vendor>>; count: number }>();

  function add(provider: Provider, model: string | undefined): Vendor {
    const known = byProvider.get(provider) ?? { models: recencyMap<Vendor>(), count: 0 };
    byProvider.set(provider, known);
    if (known.count >= maxModels) known.models.delete(known.models.oldest()!.key);
    else known.count++;
    const tell = (state: BreakerState["kind"], why: string): void => onChange?.({ provider: provider.name, model, state, why });
    const made = vendor({ provider: provider.name, model, clock, random, onChange: tell });
    known.models.set(model ?? ownModel, made);
    return made;
  }

  return {
    of(provider: Provider, model: string | undefined): Vendor {
      const known = byProvider.get(provider)?.models.get(model ?? ownModel);
      if (known === undefined) return add(provider, model);
      if (model !== undefined) byProvider.get(provider)!.models.touch(model);
      return known;
    },
    /** A provider made of several answers for its own. */
    health: (): VendorHealth[] =>
      Array.from(byProvider).flatMap(([provider, { models }]) =>
        isComposite(provider) ? provider.vendors() : Array.from(models.entries(), ([, each]) => each.health()),
      ),
  };
}
