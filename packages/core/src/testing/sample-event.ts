import { randomUUID } from "node:crypto";
import type { OrchestratorEvent } from "../ports/event.ts";

/** A complete event with an id of its own and the time of now; `fields` replace what is given. */
export function sampleEvent(fields: Partial<OrchestratorEvent> = {}): OrchestratorEvent {
  return {
    specversion: "1.0",
    id: randomUUID(),
    source: "/conformance",
    type: "query.answered",
    subject: "subject-1",
    time: new Date().toISOString(),
    datacontenttype: "application/json",
    data: { text: "grüße", list: [1, null, { deep: true }] },
    ...fields,
  };
}
