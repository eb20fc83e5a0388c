const maxPatternLength = 500;
/** More unbounded repeats than this in one pattern can multiply into a slow search even without nesting. */
const maxRepeats = 3;

interface Group {
  repeats: boolean;
  alternates: boolean;
}

/**
 * Says why a regular expression is refused, or `undefined` when it is fine. Refused: too long, invalid, look-around and back references,
 * an unbounded repeat of a group that itself repeats or alternates, and more than three unbounded repeats. Such patterns can take
 * time exponential (or a high power) in the length of the text; the rule also refuses some harmless ones.
 */
export function refusedRegex(pattern: string): string | undefined {
  if (pattern.length > maxPatternLength) return `the pattern is longer than ${maxPatternLength} characters`;
  try {
    RegExp(pattern);
  } catch (error) {
    return error instanceof Error ? error.message : "the pattern is invalid";
  }
  const open: Group[] = [{ repeats: false, alternates: false }];
  let repeats = 0;
  let closed: Group | undefined;
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern.charAt(at);
    const before = closed;
    closed = undefined;
    const group = open.at(-1) ?? { repeats: false, alternates: false };
    if (character === "\\") {
      at += 1;
      if (/[1-9k]/.test(pattern.charAt(at))) return "back references are not allowed";
    } else if (character === "[") {
      at = endOfClass(pattern, at);
    } else if (character === "(") {
      if (/^\(\?<?[=!]/.test(pattern.slice(at, at + 4))) return "look-around is not allowed";
      open.push({ repeats: false, alternates: false });
    } else if (character === ")") {
      closed = open.pop();
      const parent = open.at(-1);
      if (parent !== undefined && closed !== undefined) {
        parent.repeats ||= closed.repeats;
        parent.alternates ||= closed.alternates;
      }
    } else if (character === "|") {
      group.alternates = true;
    } else {
      const quantifier = quantifierAt(pattern, at);
      if (quantifier === undefined) continue;
      if (before?.repeats === true || before?.alternates === true) return "a repeated group must not itself repeat or alternate";
      group.repeats ||= quantifier !== "exact";
      if (quantifier === "unbounded") repeats += 1;
      if (repeats > maxRepeats) return `the pattern has more than ${maxRepeats} unbounded repeats`;
    }
  }
  return undefined;
}

function quantifierAt(pattern: string, at: number): "exact" | "range" | "unbounded" | undefined {
  if (pattern.charAt(at) === "*" || pattern.charAt(at) === "+") return "unbounded";
  const counted = /^\{\d+(,?)(\d*)\}/.exec(pattern.slice(at, at + 16));
  if (counted === null) return undefined;
  if (counted[1] === "") return "exact";
  return counted[2] === "" ? "unbounded" : "range";
}

function endOfClass(pattern: string, start: number): number {
  for (let at = start + 1; at < pattern.length; at += 1) {
    if (pattern.charAt(at) === "\\") at += 1;
    else if (pattern.charAt(at) === "]") return at;
  }
  return pattern.length;
}
