import { z } from "zod";
import { brokenFile } from "./broken-file.ts";
import type { DeclaredType } from "./clean-columns.ts";
import { fieldName } from "./field-name.ts";
import type { ForeignKey } from "./table.ts";

const text = z.string().optional().catch(undefined);
const oneOrMore = z.union([z.string(), z.array(z.string())]);
const links = z
  .array(z.object({ title: text, path: text, name: text }))
  .optional()
  .catch(undefined);

const packageSchema = z.looseObject({
  name: text,
  title: text,
  resources: z.array(
    z.looseObject({
      name: z.string(),
      title: text,
      description: text,
      path: oneOrMore.optional(),
      type: text,
      dialect: z.looseObject({ delimiter: text }).optional().catch(undefined),
      sources: links,
      licenses: links,
      schema: z
        .looseObject({
          fields: z.array(z.looseObject({ name: z.string(), type: text, title: text, description: text })).optional(),
          foreignKeys: z
            .array(z.object({ fields: oneOrMore, reference: z.object({ resource: z.string(), fields: oneOrMore }) }))
            .optional(),
        })
        .optional()
        .catch(undefined),
    }),
  ),
});

/** One entry of a Frictionless `datapackage.json`, reduced to what is used here. */
export interface Resource {
  name: string;
  title?: string;
  description?: string;
  /** Relative to the folder of the package; `undefined` when the data is not a local file. */
  path?: string;
  delimiter?: string;
  /** Values such as `file` (an image, say) or `table`. */
  type?: string;
  fields: { name: string; type?: string; description?: string }[];
  foreignKeys: ForeignKey[];
  sources: string[];
  licenses: string[];
}

/** A described folder of data. */
export interface DataPackage {
  name?: string;
  title?: string;
  resources: Resource[];
}

/**
 * Reads the text of a `datapackage.json`. Only what is used is checked; a package that is not JSON, has no list of resources, or names a file
 * outside its folder or in several parts is a `BROKEN_FILE`.
 */
export function readDataPackage(json: string, file: string): DataPackage {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw brokenFile(file, undefined, error instanceof Error ? error.message : String(error));
  }
  const parsed = packageSchema.safeParse(value);
  if (!parsed.success) throw brokenFile(file, undefined, z.prettifyError(parsed.error));
  const { name, title, resources } = parsed.data;
  return {
    ...(name === undefined ? {} : { name }),
    ...(title === undefined ? {} : { title }),
    resources: resources.map((resource) => toResource(resource, file)),
  };
}

/** The conversions a resource's schema asks for, by field name. */
export function declaredTypes(resource: Resource | undefined): ReadonlyMap<string, DeclaredType> {
  const types = new Map<string, DeclaredType>();
  for (const { name, type } of resource?.fields ?? []) {
    if (type === "string" || type === "number" || type === "integer" || type === "boolean") types.set(name, type);
  }
  return types;
}

function toResource(given: z.infer<typeof packageSchema>["resources"][number], file: string): Resource {
  const { path } = given;
  if (Array.isArray(path) && path.length !== 1)
    throw brokenFile(file, undefined, `resource "${given.name}" is in ${path.length} parts; only one file per resource is read`);
  const single = Array.isArray(path) ? path[0] : path;
  const remote = single !== undefined && /^[a-z]+:\/\//i.test(single);
  if (single !== undefined && !remote && !staysInside(single))
    throw brokenFile(file, undefined, `resource "${given.name}" names a file outside its folder: ${single}`);
  return {
    name: given.name,
    ...(given.title === undefined ? {} : { title: given.title }),
    ...(given.description === undefined ? {} : { description: given.description }),
    ...(given.type === undefined ? {} : { type: given.type }),
    ...(single === undefined || remote ? {} : { path: single }),
    ...(given.dialect?.delimiter === undefined ? {} : { delimiter: given.dialect.delimiter }),
    fields: (given.schema?.fields ?? []).map((field) => {
      const description = field.description ?? field.title;
      return {
        name: fieldName(field.name),
        ...(field.type === undefined ? {} : { type: field.type }),
        ...(description === undefined ? {} : { description }),
      };
    }),
    foreignKeys: (given.schema?.foreignKeys ?? []).flatMap(({ fields, reference }) => singleKey(given.name, fields, reference)),
    sources: labels(given.sources),
    licenses: labels(given.licenses),
  };
}

/** Keys over one field; keys over several cannot be said as a relation of one field to another. An empty resource means the table itself. */
function singleKey(own: string, fields: string | string[], reference: { resource: string; fields: string | string[] }): ForeignKey[] {
  const [field, ...more] = [fields].flat();
  const [target, ...others] = [reference.fields].flat();
  if (field === undefined || target === undefined || more.length > 0 || others.length > 0) return [];
  return [{ field: fieldName(field), collection: reference.resource === "" ? own : reference.resource, target: fieldName(target) }];
}

function labels(given: { title?: string | undefined; path?: string | undefined; name?: string | undefined }[] | undefined): string[] {
  return (given ?? [])
    .map(({ title, path, name }) => [title ?? name, path].filter((part) => part !== undefined).join(" "))
    .filter((label) => label !== "");
}

function staysInside(path: string): boolean {
  return !path.startsWith("/") && !path.includes("\\") && !/^[a-z]:/i.test(path) && !path.split("/").includes("..");
}
