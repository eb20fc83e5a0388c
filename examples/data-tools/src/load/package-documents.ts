import type { Resource } from "./datapackage.ts";
import type { SourceDocument } from "./table.ts";

/** What a data package says about one data set, as a text: its description, fields, sources and licence. `undefined` when it says nothing. */
export function resourceDocument(resource: Resource, name: string): SourceDocument | undefined {
  if (resource.description === undefined && resource.fields.every(({ description }) => description === undefined)) return undefined;
  const fields = resource.fields.map(
    ({ name, type, description }) =>
      `- ${name}${type === undefined ? "" : ` (${type})`}${description === undefined ? "" : `: ${oneLine(description)}`}`,
  );
  const sections = [
    resource.description === undefined ? undefined : plainText(resource.description),
    fields.length === 0 ? undefined : `Fields of ${name}:\n${fields.join("\n")}`,
    resource.sources.length === 0 ? undefined : `Sources of ${name}: ${resource.sources.join("; ")}`,
    resource.licenses.length === 0 ? undefined : `Licence of ${name}: ${resource.licenses.join("; ")}`,
  ];
  return {
    id: `dataset:${name}`,
    title: resource.title ?? name.replaceAll("_", " "),
    text: sections.filter((section) => section !== undefined).join("\n\n"),
    source: resource.path ?? resource.name,
  };
}

/** Markdown links become their words, line breaks inside a paragraph become spaces. */
function plainText(markdown: string): string {
  return markdown
    .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replaceAll("\r\n", "\n")
    .replaceAll(/(?<=\S) *\n(?=[^\s\-*>|\d])/g, " ")
    .trim();
}

/** A description without markup or line breaks. */
export function oneLine(text: string): string {
  return plainText(text).replaceAll(/\s+/g, " ");
}
