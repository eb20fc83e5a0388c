import { type EventBus, fallbackBus, memoryEventBus } from "@hydrogenai/core";
import { type Count, driver, nextAccepted, steadily, until } from "./bus-driver.ts";
import type { Broker } from "./killed.ts";

export interface FallbackFigures {
  /** From the death of the serving broker to the first event the next tier took, in milliseconds. */
  readonly firstDownMs: number;
  readonly secondDownMs: number;
  /** What health said with both dead. */
  readonly health: string;
  /** From both brokers started to the first of them serving, and to its taking a new event behind all that waited, in milliseconds. */
  readonly servingAgainMs: number;
  readonly takingAgainMs: number;
  /** What a subscriber got in the process that publishes, and in another. */
  readonly here: Count;
  readonly elsewhere: Count;
}

const pass = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** `fallbackBus(first, second, memory)` under a steady rate: the first broker is killed, then the second, then both come back. */
export async function fallbackUnderLoad(first: Broker, second: Broker, perSecond: number): Promise<FallbackFigures> {
  await Promise.all([first.server.start(), second.server.start()]);
  const named = (bus: EventBus, name: string): EventBus => ({
    ...bus,
    name,
    publish: async (event, options) => ({ ...(await bus.publish(event, options)), tier: name }),
  });
  const open = (): EventBus =>
    fallbackBus(named(first.open(), "first"), named(second.open(), "second"), memoryEventBus(), { maxOutbox: 50_000 });
  const [bus, other] = [open(), open()];
  const made = driver(bus, false);
  const [here, elsewhere] = [await made.watch(bus), await made.watch(other)];
  const stop = steadily(made, perSecond);
  await until(() => made.accepted() > perSecond, 20_000);
  await pass(2_000);
  await first.server.kill();
  const firstDownMs = await nextAccepted(made, 10_000, "second");
  await pass(3_000);
  await second.server.kill();
  const secondDownMs = await nextAccepted(made, 10_000, "memory");
  await pass(3_000);
  const health = bus.health?.().detail ?? "";
  await Promise.all([first.server.start(), second.server.start()]);
  const back = performance.now();
  const taking = nextAccepted(made, 20_000, "first");
  await until(() => bus.health?.().detail?.startsWith("first serves") === true, 20_000);
  const servingAgainMs = performance.now() - back;
  const takingAgainMs = await taking;
  await pass(3_000);
  await stop();
  await until(() => here().lost === 0 && elsewhere().lost === 0, 20_000);
  const found = { firstDownMs, secondDownMs, health, servingAgainMs, takingAgainMs, here: here(), elsewhere: elsewhere() };
  await Promise.all([bus, other].map(async (each) => each.close?.()));
  await Promise.all([first.server.remove(), second.server.remove()]);
  return found;
}
