import type { QueryEvent } from "../ports/query.ts";

/** The course of one run, drawn from its events as they come. */
export interface RunTimeline {
  /** Notes an event; when it is called is when it happened. */
  readonly add: (event: QueryEvent) => void;
  /** A Mermaid gantt chart of what ended so far, in milliseconds since the first event. */
  readonly toMermaid: () => string;
}

interface Bar {
  readonly section: string;
  readonly name: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly failed: boolean;
}

const maxBars = 1_000;

const label = (text: string): string => text.replace(/[:;,#\r\n]/g, " ").trim() || "step";

/** Watches one run; at most a thousand bars are kept, the first ones. */
export function runTimeline(title = "run"): RunTimeline {
  const bars: Bar[] = [];
  let startedAt: number | undefined;

  function note(section: string, name: string, durationMs: number, failed = false): void {
    if (bars.length >= maxBars) return;
    const toMs = performance.now() - startedAt!;
    bars.push({ section, name, fromMs: Math.max(0, toMs - durationMs), toMs, failed });
  }

  return {
    add(event) {
      startedAt ??= performance.now();
      if (event.type === "step-end") note("steps", event.step, event.durationMs);
      else if (event.type === "tool-result") {
        note("tools", event.tool, event.durationMs, !event.ok);
      } else if (event.type === "provider-attempt") {
        const { provider, durationMs, outcome } = event.attempt;
        note("models", provider, durationMs, outcome !== "ok");
      }
    },
    toMermaid() {
      const lines = ["gantt", `  title ${label(title)}`, "  dateFormat x", "  axisFormat %S.%L s"];
      for (const section of ["steps", "tools", "models"]) {
        const drawn = bars.filter((bar) => bar.section === section).sort((a, b) => a.fromMs - b.fromMs);
        if (drawn.length > 0) lines.push(`  section ${section}`);
        for (const { name, fromMs, toMs, failed } of drawn)
          lines.push(
            `  ${label(name)} :${failed ? "crit, " : ""}${Math.round(fromMs)}, ${Math.max(Math.round(toMs), Math.round(fromMs) + 1)}`,
          );
      }
      return `${lines.join("\n")}\n`;
    },
  };
}
