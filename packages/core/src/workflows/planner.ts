let loading: Promise<typeof import("../plan/index.ts")> | undefined;

/** The local planner with its word lists, loaded when there is first data to plan for: who imports the library does not pay for it. */
export const planner = (): Promise<typeof import("../plan/index.ts")> => (loading ??= import("../plan/index.ts"));
