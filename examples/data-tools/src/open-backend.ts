import type { Backend } from "./backend.ts";
import { DataToolsError } from "./errors.ts";
import { embeddedBackend } from "./embedded/embedded-backend.ts";
import type { Limits } from "./limits.ts";
import { loadFolderDocuments } from "./load/folder.ts";
import type { SourceDocument } from "./load/table.ts";

export interface OpenOptions {
  dataDir?: string | undefined;
  mongoUri?: string | undefined;
  skipBroken?: boolean | undefined;
  limits: Limits;
}

/** A backend with the documents that come with its data and the name of its database. */
export interface OpenBackend {
  backend: Backend;
  database: string;
  documents(): readonly SourceDocument[];
}

/** Chooses the backend: MongoDB when there is a connection string, else files in memory. */
export async function openBackend({ dataDir, mongoUri, skipBroken = false, limits }: OpenOptions): Promise<OpenBackend> {
  if (mongoUri !== undefined) {
    // The driver is only loaded by those who use it.
    const { connectMongo } = await import("./mongo/connect-mongo.ts");
    const { backend, database } = connectMongo(mongoUri, limits);
    return {
      backend,
      database,
      documents: () => (dataDir === undefined ? [] : loadFolderDocuments(dataDir, { skipBroken, fileBytes: limits.fileBytes })),
    };
  }
  if (dataDir === "") throw new DataToolsError("BAD_ARGUMENT", "The data folder is an empty text.");
  const backend = await embeddedBackend({ ...(dataDir === undefined ? {} : { folder: dataDir }), skipBroken, limits });
  return { backend, database: "data", documents: () => backend.documents() };
}
