import type * as Planner from "../plan/index.ts";

let loading: Promise<typeof Planner> | undefined;

/** The local planner with its word lists, loaded when there is first data to plan for: who imports the library does not pay for it. */
export const planner = (): Promise<typeof Planner> => (loading ??= import("../plan/index.ts"));
