import type { BudgetStore, StateStore } from "@hydrogenai/core";

/**
 * A budget as it is often written: read what was spent, compare, write what is spent now. It stands here so that the figures of a budget which
 * is right are known to come from looking: this one must be caught.
 */
export function naiveBudgetStore(state: StateStore): BudgetStore {
  const spentAt = async (key: string): Promise<number> => Number((await state.get(key))?.value ?? 0);
  return {
    name: "read, then write",
    async reserve(key, _id, amount, { limit }) {
      const spent = await spentAt(key);
      const granted = spent + amount <= limit;
      if (granted) await state.set(key, spent + amount);
      return { granted, remaining: limit - spent - (granted ? amount : 0), held: 0, retryAfterMs: 0 };
    },
    commit: async () => true,
    refund: async () => true,
  };
}
