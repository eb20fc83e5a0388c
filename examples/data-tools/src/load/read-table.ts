import { readFileSync, statSync } from "node:fs";
import { extname, join } from "node:path";
import { DataToolsError } from "../errors.ts";
import { brokenFile, lineAt } from "./broken-file.ts";
import { cleanColumns } from "./clean-columns.ts";
import { declaredTypes, type Resource } from "./datapackage.ts";
import { oneLine } from "./package-documents.ts";
import { readCsv } from "./read-csv.ts";
import { readJson, readNdjson } from "./read-json.ts";
import type { Table } from "./table.ts";

/** The endings of files that hold collections. */
export const tableEndings: ReadonlySet<string> = new Set([".json", ".geojson", ".ndjson", ".jsonl", ".csv", ".tsv"]);

/** Reads a text file as UTF-8. `TOO_LARGE` above `maxBytes`; bytes that are not UTF-8 are a `BROKEN_FILE` with their line. */
export function readText(folder: string, file: string, maxBytes: number): string {
  const path = join(folder, file);
  try {
    const { size } = statSync(path);
    if (size > maxBytes) {
      throw new DataToolsError("TOO_LARGE", `${file}: the file has ${size} bytes, more than the limit of ${maxBytes}`, {
        details: { file, bytes: size, maxBytes },
      });
    }
    return decode(readFileSync(path), file);
  } catch (error) {
    if (error instanceof DataToolsError) throw error;
    throw brokenFile(file, undefined, error instanceof Error ? error.message : String(error));
  }
}

/** Reads one file as a collection named `name`, with what `resource` says of it. */
export function readTable(folder: string, file: string, name: string, resource: Resource | undefined, maxBytes: number): Table {
  const text = readText(folder, file, maxBytes);
  const ending = extname(file).toLowerCase();
  const delimited = ending === ".csv" || ending === ".tsv";
  const rows = delimited
    ? readCsv(text, file, dialect(ending, resource))
    : ending === ".ndjson" || ending === ".jsonl"
      ? readNdjson(text, file)
      : readJson(text, file);
  cleanColumns(rows, declaredTypes(resource), delimited ? "text" : "json");
  return {
    name,
    file,
    rows,
    ...(resource?.description === undefined ? {} : { description: oneLine(resource.description) }),
    fieldDescriptions: new Map(
      (resource?.fields ?? []).flatMap((field) => (field.description === undefined ? [] : [[field.name, oneLine(field.description)]])),
    ),
    foreignKeys: resource?.foreignKeys ?? [],
  };
}

function dialect(ending: string, resource: Resource | undefined): { delimiter?: string } {
  if (resource?.delimiter !== undefined) return { delimiter: resource.delimiter };
  return ending === ".tsv" ? { delimiter: "\t" } : {};
}

function decode(bytes: Buffer, file: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    const loose = bytes.toString("utf8");
    throw brokenFile(file, lineAt(loose, loose.indexOf("\u{FFFD}")), "the file is not valid UTF-8");
  }
}
