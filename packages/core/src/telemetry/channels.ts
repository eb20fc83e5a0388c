import { channel } from "node:diagnostics_channel";
import type { OrchestratorEvent } from "../ports/event.ts";

/**
 * Every recorded event, published on the diagnostics channel `hydrogenai:event`. It costs nothing while nobody listens; tracing and
 * metrics subscribe with `node:diagnostics_channel` and need nothing from this library.
 */
const events = channel("hydrogenai:event");

export function publishEvent(event: OrchestratorEvent): void {
  if (events.hasSubscribers) events.publish(event);
}
