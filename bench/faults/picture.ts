import type { Verdict } from "./verdict.ts";

/** One fault and what came of it in each column, in the order of the columns. */
export interface PictureRow {
  readonly id: string;
  readonly title: string;
  readonly verdicts: readonly (Verdict | undefined)[];
}

const colours: Readonly<Record<Verdict, string>> = { pass: "#2da44e", safe: "#9ec5fe", partial: "#f0b429", fail: "#cf222e" };
const meanings: Readonly<Record<Verdict, string>> = {
  pass: "answered whole, as asked",
  safe: "failed with a clear error",
  partial: "answered, with a flaw",
  fail: "hung, or a false answer",
};
const cell = { width: 108, height: 20 };
const left = 330;
const top = 92;

const escaped = (text: string): string => text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** The table of faults as an SVG to look at: a row a fault, a column a subject. */
export function picture(columns: readonly string[], rows: readonly PictureRow[]): string {
  const width = left + columns.length * cell.width + 20;
  const height = top + rows.length * cell.height + 24;
  const verdicts = Object.keys(colours) as Verdict[];
  const legend = verdicts.map((verdict, at) => {
    const x = 20 + at * 215;
    const counted = `<tspan font-weight="600">${verdict}</tspan> ${meanings[verdict]}`;
    return `<rect x="${x}" y="20" width="12" height="12" rx="2" fill="${colours[verdict]}"/><text x="${x + 18}" y="30">${counted}</text>`;
  });
  const heads = columns.map((name, at) => {
    const x = left + at * cell.width + cell.width / 2;
    const parts = name.split(/(?<=:) |, /);
    const spans = parts.map((part, line) => `<tspan x="${x}" y="${top - 10 - (parts.length - 1 - line) * 13}">${escaped(part)}</tspan>`);
    return `<text text-anchor="middle" font-weight="600">${spans.join("")}</text>`;
  });
  const lines = rows.map(({ id, title, verdicts }, at) => {
    const y = top + at * cell.height;
    const boxes = verdicts.map((verdict, column) => {
      if (verdict === undefined) return "";
      const box = `x="${left + column * cell.width + 2}" y="${y + 2}" width="${cell.width - 4}" height="${cell.height - 4}" rx="3"`;
      return `<rect ${box} fill="${colours[verdict]}"><title>${verdict}</title></rect>`;
    });
    return `<text x="20" y="${y + 14}">${id} ${escaped(title)}</text>${boxes.join("")}`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="11" fill="#1f2328">
<rect width="100%" height="100%" fill="#ffffff"/>
${[...legend, ...heads, ...lines].join("\n")}
</svg>
`;
}
