import { describe, expect, it } from "vitest";
import { defaultLimits } from "../../src/defaults.ts";
import { isOrchestratorError } from "../../src/index.ts";
import { admission } from "../../src/resilience/admission.ts";

function refusal(enter: () => unknown): Record<string, unknown> {
  try {
    enter();
  } catch (error) {
    if (isOrchestratorError(error, "OVERLOADED")) return { ...error.details, retryable: error.retryable };
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("admission", () => {
  it("refuses at once beyond the limit, says when to come back, and lets in again when a place is free", () => {
    const door = admission({ ...defaultLimits, maxConcurrent: 2 });
    const leave = door.enter();
    door.enter();
    expect(refusal(door.enter)).toMatchObject({ limit: "concurrency", retryable: true });
    expect(refusal(door.enter)["retryAfterMs"]).toBeGreaterThan(0);
    leave();
    door.enter();
    expect(door.running()).toBe(2);
  });

  it("counts a place given back twice once", () => {
    const door = admission({ ...defaultLimits, maxConcurrent: 1 });
    const leave = door.enter();
    leave();
    leave();
    expect(door.running()).toBe(0);
  });

  it("refuses new work while the heap is beyond its limit", () => {
    expect(refusal(admission({ ...defaultLimits, maxHeapBytes: 1 }).enter)).toMatchObject({ limit: "memory" });
  });
});
