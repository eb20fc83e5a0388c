import type { ModelRequest, Provider } from "../../ports/provider.ts";
import { type Price, type PriceTable, dearestOf } from "../vendors/prices.ts";
import type { ModelCall } from "./account.ts";
import { mostInputTokens } from "./estimate.ts";

/** The most that asking this provider may take. A model that is not named yet is taken to be the dearest one known. */
export function metered(
  { name, model: own }: Provider,
  request: ModelRequest,
  priceFor: (model: string) => Price | undefined,
  prices: PriceTable,
): ModelCall {
  const model = request.model ?? own;
  return {
    provider: name,
    model,
    price: model === undefined ? dearestOf(prices) : priceFor(model),
    inputTokens: mostInputTokens(request),
    outputTokens: request.maxOutputTokens ?? 0,
  };
}
