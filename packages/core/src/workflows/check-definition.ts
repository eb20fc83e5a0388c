import type { Json } from "../ports/json.ts";
import type { BranchStep, Condition, StepDefinition, WorkflowDefinition } from "./steps.ts";
import { pathKeys, pathsIn } from "./template.ts";

/** What is wrong with a definition, and where in it. */
export interface DefinitionProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

type Path = readonly (string | number)[];

const validId = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;
const validName = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
const roots = new Set(["query", "classification", "hasModel", "steps", "errors", "item", "index"]);
const maxStepCount = 500;
const maxNesting = 8;
const longestWaitMs = 30 * 24 * 3_600_000;

/** The lists of steps a step holds, each with where it is. */
export function blocksOf(step: StepDefinition): { readonly name: string; readonly at: Path; readonly steps: readonly StepDefinition[] }[] {
  switch (step.kind) {
    case "branch":
      return [
        ...step.cases.map(({ steps }, at) => ({ name: `case ${at + 1}`, at: ["cases", at, "steps"], steps })),
        ...(step.default === undefined ? [] : [{ name: "default", at: ["default"], steps: step.default }]),
      ];
    case "parallel":
      return Object.entries(step.branches).map(([name, steps]) => ({ name, at: ["branches", name], steps }));
    case "map":
    case "loop":
      return [{ name: "each", at: ["steps"], steps: step.steps }];
    default:
      return [];
  }
}

/** A step with those that stand in for it or undo it. */
function helpersOf(step: StepDefinition): { readonly at: Path; readonly step: StepDefinition }[] {
  const { fallback, compensate } = step as { fallback?: StepDefinition; compensate?: StepDefinition };
  return [
    ...(fallback === undefined ? [] : [{ at: ["fallback"], step: fallback }]),
    ...(compensate === undefined ? [] : [{ at: ["compensate"], step: compensate }]),
  ];
}

/** Every step, however deep, with where it is. */
export function allSteps(steps: readonly StepDefinition[], at: Path = ["steps"]): { readonly step: StepDefinition; readonly path: Path }[] {
  return steps.flatMap((step, index) => nested(step, [...at, index]));
}

function nested(step: StepDefinition, path: Path): { readonly step: StepDefinition; readonly path: Path }[] {
  return [
    { step, path },
    ...helpersOf(step).flatMap((helper) => nested(helper.step, [...path, ...helper.at])),
    ...blocksOf(step).flatMap((block) => allSteps(block.steps, [...path, ...block.at])),
  ];
}

/** Paths an expression of CEL names, as far as its text shows them. */
function stepsNamed(expression: string): string[] {
  const code = expression.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, '""');
  return [...code.matchAll(/(?<![\w.])steps\.([A-Za-z_]\w*)/g)].map(([, id = ""]) => id);
}

const templates = [
  "input",
  "task",
  "prompt",
  "system",
  "query",
  "passages",
  "value",
  "items",
  "question",
  "answer",
  "text",
  "data",
  "citations",
  "detail",
];

/** Everything wrong with a definition that its shape alone does not show. */
export function definitionProblems({ name, steps }: WorkflowDefinition): DefinitionProblem[] {
  const problems: DefinitionProblem[] = [];
  const say = (path: Path, message: string): void => void problems.push({ path, message });
  const ids = new Set(allSteps(steps).map(({ step }) => step.id));
  const seen = new Set<string>();

  function checkPaths(template: Json, path: Path): void {
    for (const keys of pathsIn(template)) {
      if (keys === undefined) say(path, "{{ }} must hold a path such as steps.find.rows");
      else if (!roots.has(keys[0]!)) say(path, `nothing is called ${keys[0]}; there are ${[...roots].join(", ")}`);
      else if (keys[0] === "steps" && !ids.has(keys[1] ?? "")) say(path, `no step is called ${keys[1] ?? "(nothing)"}`);
    }
  }

  function checkCondition(condition: Condition | undefined, path: Path): void {
    if (typeof condition !== "string") return;
    for (const id of stepsNamed(condition)) if (!ids.has(id)) say(path, `no step is called ${id}`);
  }

  function checkRange(step: object, path: Path, key: string, min: number, max: number): void {
    const value = (step as Record<string, unknown>)[key];
    if (value !== undefined && !(typeof value === "number" && value >= min && value <= max))
      say([...path, key], `must be a number from ${min} to ${max}`);
  }

  function checkStep(step: StepDefinition, path: Path, inside: readonly string[]): void {
    const { id, kind } = step;
    if (!validId.test(id)) say([...path, "id"], "an id is 1 to 64 letters, digits and _, not beginning with a digit");
    if (seen.has(id)) say([...path, "id"], `a second step is called ${id}`);
    seen.add(id);
    for (const key of templates) {
      const template = (step as unknown as Record<string, Json | undefined>)[key];
      if (template !== undefined) checkPaths(template, [...path, key]);
    }
    checkCondition(step.when, [...path, "when"]);
    if (kind === "loop") checkCondition(step.until, [...path, "until"]);
    if (kind === "branch") checkCases(step, path);
    if (kind === "transform") {
      if ((step.value === undefined) === (step.expression === undefined)) say(path, "a transform has either a value or an expression");
      if (typeof step.expression === "string") checkCondition(step.expression, [...path, "expression"]);
    }
    if (kind === "respond") {
      if ((step.answer === undefined) === (step.text === undefined)) say(path, "a respond has either an answer or a text");
      for (const key of ["answer", "citations"] as const)
        if (step[key] !== undefined && pathKeys(step[key].replace(/^\{\{\s*|\s*\}\}$/g, "")) === undefined)
          say([...path, key], "must be one path such as {{ steps.ask.answer }}");
      const around = inside.find((outer) => outer === "parallel" || outer === "map");
      if (around !== undefined) say(path, `a respond cannot end the workflow from inside a ${around}`);
    }
    checkRange(step, path, "timeoutMs", 1, longestWaitMs);
    checkRange(step, path, "cacheMs", 0, longestWaitMs);
    checkRange(step, path, "expiresMs", 1, longestWaitMs);
    if (kind === "wait") checkRange(step, path, "ms", 1, longestWaitMs);
    if (kind === "map") checkRange(step, path, "concurrency", 1, 32);
    if (kind === "loop") checkRange(step, path, "maxRounds", 1, 100);
    const { retry } = step as { retry?: object };
    if (retry !== undefined) {
      checkRange(retry, [...path, "retry"], "attempts", 2, 10);
      checkRange(retry, [...path, "retry"], "delayMs", 0, 3_600_000);
      checkRange(retry, [...path, "retry"], "maxDelayMs", 0, 3_600_000);
      checkRange(retry, [...path, "retry"], "jitter", 0, 1);
    }
    if (inside.length >= maxNesting) say(path, `steps are nested more than ${maxNesting} deep`);
    for (const helper of helpersOf(step)) checkStep(helper.step, [...path, ...helper.at], [...inside, kind]);
    for (const block of blocksOf(step)) checkBlock(block.steps, [...path, ...block.at], [...inside, kind]);
  }

  function checkCases({ cases }: BranchStep, path: Path): void {
    if (cases.length === 0) say([...path, "cases"], "a branch needs a case");
    for (const [at, { when }] of cases.entries()) checkCondition(when, [...path, "cases", at, "when"]);
  }

  function checkBlock(block: readonly StepDefinition[], path: Path, inside: readonly string[]): void {
    if (block.length === 0) say(path, "there must be at least one step");
    for (const [at, step] of block.entries()) checkStep(step, [...path, at], inside);
  }

  if (!validName.test(name)) say(["name"], "a name is 1 to 64 letters, digits, _ and -");
  if (ids.size > maxStepCount) say(["steps"], `there are more than ${maxStepCount} steps`);
  else checkBlock(steps, ["steps"], []);
  return problems;
}
