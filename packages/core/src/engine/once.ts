import type { Emit } from "../ports/workflow.ts";
import type { Run } from "./parts.ts";

/** Does a part of the engine's own work; in a queued run once, whatever process goes on with it. */
export function once<T>(name: string, { durable }: Run, emit: Emit, work: () => T | Promise<T>): T | Promise<T> {
  return durable === undefined ? work() : durable.step(emit, name, work, { kind: "engine", quiet: true });
}
