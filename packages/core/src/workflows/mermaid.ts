import { blocksOf } from "./check-definition.ts";
import type { StepDefinition, WorkflowDefinition } from "./steps.ts";

const label = (text: string): string =>
  text.replace(/["#;\r\n]/g, (char) => (char === "\n" || char === "\r" ? " " : `#${char.charCodeAt(0)};`));

const what = (step: StepDefinition): string => {
  if (step.kind === "tool") return `tool ${step.tool}`;
  if (step.kind === "agent") return `agent ${step.agent}`;
  if (step.kind === "workflow") return `workflow ${step.workflow}`;
  if (step.kind === "wait") return `wait ${step.ms} ms`;
  return step.kind;
};

/** A workflow as a Mermaid flowchart, for a document or a page that draws it. */
export function toMermaid({ name, steps }: WorkflowDefinition): string {
  const lines = ["flowchart TD", `  begin(["${label(name)}"])`];

  /** Draws a block after `from`, and answers where it ends. */
  function draw(block: readonly StepDefinition[], from: readonly string[], edge = ""): readonly string[] {
    let ends = from;
    let arrow = edge === "" ? "-->" : `-->|"${label(edge)}"|`;
    for (const step of block) {
      const node = `s_${step.id}`;
      const text = label(`${step.id}: ${what(step)}`);
      const blocks = blocksOf(step);
      lines.push(
        step.kind === "branch" ? `  ${node}{"${text}"}` : step.kind === "respond" ? `  ${node}(["${text}"])` : `  ${node}["${text}"]`,
      );
      for (const end of ends) lines.push(`  ${end} ${arrow} ${node}`);
      if (typeof step.when === "string") lines.push(`  ${node} -.- w_${step.id}>"if ${label(step.when)}"]`);
      const { fallback } = step as { fallback?: StepDefinition };
      if (fallback !== undefined)
        lines.push(`  s_${fallback.id}["${label(`${fallback.id}: ${what(fallback)}`)}"]`, `  ${node} -.->|"on failure"| s_${fallback.id}`);
      if (step.kind === "loop" || step.kind === "map") {
        const inner = draw(step.steps, [node], step.kind === "map" ? "each" : "round");
        for (const end of inner) lines.push(`  ${end} -->|"next"| ${node}`);
        ends = [node];
      } else if (step.kind === "branch") {
        const drawn = blocks.flatMap(({ name, steps }, at) => {
          const when = step.cases[at]?.when;
          return draw(steps, [node], typeof when === "string" ? when : name);
        });
        ends = step.default === undefined ? [...drawn, node] : drawn;
      } else if (blocks.length > 0) ends = blocks.flatMap(({ name, steps }) => draw(steps, [node], name));
      else if (step.kind === "respond" && step.when === undefined && step.text !== undefined) ends = [];
      else ends = fallback === undefined ? [node] : [node, `s_${fallback.id}`];
      arrow = "-->";
    }
    return ends;
  }

  draw(steps, ["begin"]);
  return `${lines.join("\n")}\n`;
}
