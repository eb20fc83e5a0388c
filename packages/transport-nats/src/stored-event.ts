import type { OrchestratorEvent } from "@hydrogenai/core";

const decoder = new TextDecoder();

/** The event in a stored message, or undefined where somebody else put something there that is none. */
export function parseEvent(data: Uint8Array): OrchestratorEvent | undefined {
  try {
    const value = JSON.parse(decoder.decode(data)) as Partial<OrchestratorEvent> | null;
    const isEvent = typeof value === "object" && value !== null && typeof value.id === "string" && typeof value.type === "string";
    // The rest of the envelope was checked by nobody, here as on any bus.
    return isEvent && (value.subject === undefined || typeof value.subject === "string") ? (value as OrchestratorEvent) : undefined;
  } catch {
    return undefined;
  }
}
