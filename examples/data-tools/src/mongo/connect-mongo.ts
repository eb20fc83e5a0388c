import { MongoClient, BSON } from "mongodb";
import type { Backend } from "../backend.ts";
import { DataToolsError } from "../errors.ts";
import type { Limits } from "../limits.ts";
import type { DriverDatabase } from "./mongo-database.ts";
import { mongoBackend } from "./mongo-backend.ts";

/** Opens a MongoDB database by its connection string. Connects with the first call; a string that is not one is a `BAD_ARGUMENT`. */
export function connectMongo(uri: string, limits: Limits): { backend: Backend; database: string } {
  const client = openClient(uri);
  const db = client.db();
  const database: DriverDatabase = {
    // The driver's own types ask for its documents; ours are the same at run time.
    collection: (name) => db.collection(name),
    collectionNames: async (signal) => (await db.listCollections({}, { nameOnly: true, signal }).toArray()).map(({ name }) => name),
    command: (command, options) => db.command(command, options),
  };
  const backend = mongoBackend({
    database,
    source: `${client.options.hosts.map(String).join(",")}/${db.databaseName}`,
    limits,
    fromExtendedJson: (value) => BSON.EJSON.deserialize(value),
    close: () => client.close(),
  });
  return { backend, database: db.databaseName };
}

function openClient(uri: string): MongoClient {
  try {
    // What the string itself says about waiting wins.
    const patience = /serverSelectionTimeoutMS/i.test(uri) ? {} : { serverSelectionTimeoutMS: 5_000 };
    return new MongoClient(uri, { ...patience, appName: "data-tools" });
  } catch {
    // The driver's message may quote the string with its password.
    throw new DataToolsError("BAD_ARGUMENT", "MONGO_URI is not a MongoDB connection string.");
  }
}
