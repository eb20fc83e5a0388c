export { answerFromRows } from "./answer.ts";
export type { Catalog, Collection } from "./catalog.ts";
export { type ModelPlan, planByModel } from "./by-model.ts";
export { isSamePlan } from "./changes.ts";
export { type DataSource, dataSource, type DataSourceOptions } from "./data-source.ts";
export { planQuestion } from "./plan-question.ts";
export type { PlanOutcome } from "./planner.ts";
export type { Condition, QueryPlan } from "./query-plan.ts";
export { resultRows } from "./tool-results.ts";
