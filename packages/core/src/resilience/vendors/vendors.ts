import type { Clock } from "../../ports/clock.ts";
import type { Provider } from "../../ports/provider.ts";
import { isComposite } from "../composite.ts";
import { recencyMap } from "../../memory/recency-map.ts";
import type { BreakerRule, BreakerState } from "./breaker.ts";
import type { SharedOutage } from "./shared-outages.ts";
import { type Vendor, type VendorHealth, vendor } from "./vendor.ts";

export type { VendorHealth } from "./vendor.ts";

/** A vendor's breaker changed its state, or the vendor is left alone from now on because it asked for that. */
export interface VendorChange {
  readonly provider: string;
  readonly model: string | undefined;
  readonly state: BreakerState["kind"] | "resting";
  readonly why: string;
}

/** Models of one vendor that are kept apart; a host that lets callers name models cannot make it grow beyond. */
const maxModels = 64;

const ownModel = "";

interface VendorsParts {
  readonly clock: Clock;
  readonly random: () => number;
  /** Makes the rule by which a vendor's breaker opens. */
  readonly rule: (() => BreakerRule) | undefined;
  /** What other processes learnt. */
  readonly outages: ((key: string) => SharedOutage) | undefined;
  readonly onChange: (change: VendorChange) => void;
}

/** What is known of each vendor and model. */
export function vendors({ clock, random, rule, outages, onChange }: VendorsParts) {
  const byProvider = new Map<Provider, { readonly models: ReturnType<typeof recencyMap<Vendor>>; count: number }>();

  function add(provider: Provider, model: string | undefined): Vendor {
    const known = byProvider.get(provider) ?? { models: recencyMap<Vendor>(), count: 0 };
    byProvider.set(provider, known);
    if (known.count >= maxModels) known.models.delete(known.models.oldest()!.key);
    else known.count++;
    const made = vendor({
      provider: provider.name,
      model,
      clock,
      random,
      rule: rule?.(),
      shared: outages?.(`${provider.name}:${model ?? ownModel}`),
      onChange: (state, why) => onChange({ provider: provider.name, model, state, why }),
    });
    known.models.set(model ?? ownModel, made);
    return made;
  }

  return {
    of(provider: Provider, model: string | undefined): Vendor {
      const known = byProvider.get(provider)?.models.get(model ?? ownModel) ?? add(provider, model);
      known.refresh?.();
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
