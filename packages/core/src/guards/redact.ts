import { OrchestratorError } from "../errors.ts";
import type { Json } from "../ports/json.ts";
import type { OutputGuard, Span } from "./output-guard.ts";

/** What a guard says, with a defect of its own as a refusal. */
function guarded<T>({ name }: OutputGuard, ask: () => T): T {
  try {
    return ask();
  } catch (cause) {
    throw new OrchestratorError("ANSWER_REFUSED", `the output guard ${name} refused the answer`, { details: { guard: name }, cause });
  }
}

/** Everything any guard finds, in order; of two that overlap the longer part goes, under the first one's name. */
export function spansIn(text: string, guards: readonly OutputGuard[]): Span[] {
  const found = guards.flatMap((guard) => guarded(guard, () => guard.find(text))).toSorted((a, b) => a.start - b.start || b.end - a.end);
  const spans: Span[] = [];
  for (const span of found) {
    const last = spans.at(-1);
    if (last === undefined || span.start >= last.end) spans.push(span);
    else if (span.end > last.end) spans[spans.length - 1] = { ...last, end: span.end };
  }
  return spans;
}

/** The text without what the guards find. */
export function redacted(text: string, guards: readonly OutputGuard[]): string {
  let shown = "";
  let from = 0;
  for (const { start, end, instead } of spansIn(text, guards)) {
    shown += text.slice(from, start) + instead;
    from = end;
  }
  return from === 0 ? text : shown + text.slice(from);
}

/** Every text of a value without what the guards find, its keys too. */
export function redactedJson(value: Json, guards: readonly OutputGuard[]): Json {
  if (typeof value === "string") return redacted(value, guards);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item: Json) => redactedJson(item, guards));
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [redacted(key, guards), redactedJson(inner, guards)]));
}

/** A text on its way, piece by piece. What may be the beginning of something that must not be shown is held back. */
export interface HeldText {
  /** What of the text so far may be shown now. */
  readonly push: (piece: string) => string;
  /** The rest. */
  readonly end: () => string;
  readonly clear: () => void;
}

const maxHeldChars = 16_384;

/** Holds back at most 16384 characters; a text that would need more is refused with `ANSWER_REFUSED`. */
export function heldText(guards: readonly OutputGuard[]): HeldText {
  let held = "";
  return {
    push(piece) {
      held += piece;
      let cut = Math.min(held.length, ...guards.map((guard) => guarded(guard, () => guard.openFrom(held))));
      for (const { start, end } of spansIn(held, guards)) if (start < cut && end > cut) cut = start;
      if (held.length - cut > maxHeldChars)
        throw new OrchestratorError(
          "ANSWER_REFUSED",
          `more than ${maxHeldChars} characters of the answer could not be looked at as a whole`,
          {
            details: { guard: guards.map(({ name }) => name).join(", ") },
          },
        );
      const shown = redacted(held.slice(0, cut), guards);
      held = held.slice(cut);
      return shown;
    },
    end() {
      const rest = redacted(held, guards);
      held = "";
      return rest;
    },
    clear() {
      held = "";
    },
  };
}
