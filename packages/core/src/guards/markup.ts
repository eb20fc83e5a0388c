import { type OutputGuard, patternGuard } from "./output-guard.ts";

/** Takes the spell off markup that loads something from elsewhere as soon as it is drawn: Markdown images become links, such HTML becomes text. */
export const markupGuard = (): OutputGuard =>
  patternGuard("markup", [
    { name: "image", whole: /!(?=\[)/g, beginning: /!$/, instead: "" },
    {
      name: "element",
      whole: /<(?=\/?(?:img|image|iframe|frame|script|link|object|embed|video|audio|source|track|svg|style|input|base|meta|form)\b)/gi,
      beginning: /<\/?[a-z]{0,7}$/i,
      instead: "&lt;",
    },
  ]);
