import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, extname, join, normalize } from "node:path";
import type { SkippedFile } from "../backend.ts";
import { DataToolsError } from "../errors.ts";
import { brokenFile } from "./broken-file.ts";
import { readDataPackage, type DataPackage, type Resource } from "./datapackage.ts";
import { resourceDocument } from "./package-documents.ts";
import { readTable, readText, tableEndings } from "./read-table.ts";
import type { LoadedData, SourceDocument, Table } from "./table.ts";

const packageFile = "datapackage.json";

export interface FolderOptions {
  /** Leave out what cannot be read, and say so, instead of refusing the folder. */
  skipBroken: boolean;
  /** The largest file, in bytes. */
  fileBytes: number;
}

/**
 * Reads a folder: every JSON, NDJSON, CSV and TSV file in it is a collection (named by `datapackage.json` if there is one, else by its file), every
 * Markdown and text file a document. Folders inside it are read only where `datapackage.json` points into them.
 * The first file that cannot be read is thrown as an error unless `skipBroken`.
 */
export function loadFolder(folder: string, options: FolderOptions): LoadedData {
  const skipped: SkippedFile[] = [];
  const attempt = attempting(options.skipBroken, skipped);
  const names = fileNames(folder);
  const described = names.includes(packageFile)
    ? attempt(() => readDataPackage(readText(folder, packageFile, options.fileBytes), packageFile))
    : undefined;
  const tables = new Map<string, Table>();
  for (const { file, name, resource } of tableFiles(names, described)) {
    const table = attempt(() => {
      if (!existsSync(join(folder, file))) throw brokenFile(packageFile, undefined, `the file of resource "${name}" is missing: ${file}`);
      const twin = tables.get(name);
      if (twin !== undefined) throw brokenFile(file, undefined, `the collection "${name}" was already read from ${twin.file}`);
      return readTable(folder, file, name, resource, options.fileBytes);
    });
    if (table !== undefined) tables.set(name, table);
  }
  const documents = [...textDocuments(folder, names, options, attempt), ...packageDocuments(described)];
  return { source: folder, tables: [...tables.values()], documents, skipped };
}

/** The documents of a folder without its collections. */
export function loadFolderDocuments(folder: string, options: FolderOptions): SourceDocument[] {
  return textDocuments(folder, fileNames(folder), options, attempting(options.skipBroken, []));
}

type Attempt = <T>(read: () => T) => T | undefined;

function attempting(skipBroken: boolean, skipped: SkippedFile[]): Attempt {
  return (read) => {
    try {
      return read();
    } catch (error) {
      if (!skipBroken || !(error instanceof DataToolsError)) throw error;
      skipped.push(toSkipped(error));
      return undefined;
    }
  };
}

function fileNames(folder: string): string[] {
  if (!existsSync(folder) || !statSync(folder).isDirectory())
    throw new DataToolsError("BROKEN_FILE", `${folder}: there is no such folder`, { details: { file: folder } });
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isFile() || entry.isSymbolicLink() ? [entry.name] : []));
}

interface TableFile {
  file: string;
  name: string;
  resource: Resource | undefined;
}

function tableFiles(names: string[], described: DataPackage | undefined): TableFile[] {
  const fromPackage = (described?.resources ?? []).flatMap((resource): TableFile[] =>
    resource.path === undefined || !tableEndings.has(extname(resource.path).toLowerCase())
      ? []
      : [{ file: normalize(resource.path), name: resource.name, resource }],
  );
  const known = new Set(fromPackage.map(({ file }) => file));
  const others = names
    .filter((name) => name !== packageFile && !name.startsWith(".") && !known.has(name) && tableEndings.has(extname(name).toLowerCase()))
    .toSorted()
    .map((file): TableFile => ({ file, name: basename(file, extname(file)), resource: undefined }));
  return [...fromPackage, ...others];
}

function packageDocuments(described: DataPackage | undefined): SourceDocument[] {
  return (described?.resources ?? []).flatMap((resource) => resourceDocument(resource, resource.name) ?? []);
}

function textDocuments(folder: string, names: string[], options: FolderOptions, attempt: Attempt): SourceDocument[] {
  const files = names.filter((name) => [".md", ".txt"].includes(extname(name).toLowerCase()) || /^readme$/i.test(name)).toSorted();
  return files.flatMap((file) => {
    const text = attempt(() => readText(folder, file, options.fileBytes));
    if (text === undefined || text.trim() === "") return [];
    return [{ id: `file:${file}`, title: /^#+\s+(.+)$/m.exec(text)?.[1]?.trim() ?? basename(file, extname(file)), text, source: file }];
  });
}

function toSkipped(error: DataToolsError): SkippedFile {
  const { file, line } = error.details;
  return { file: typeof file === "string" ? file : "", ...(typeof line === "number" ? { line } : {}), message: error.message };
}
