import { randomUUID } from "node:crypto";
import { z } from "zod";
import { DataToolsError } from "../errors.ts";
import { defineTool, type Tool } from "./define-tool.ts";

const passageSchema = z.object({
  id: z.string(),
  document: z.string(),
  title: z.string(),
  text: z.string(),
  score: z.number(),
  start: z.number(),
  end: z.number(),
  source: z.string().optional(),
});

const searchDocuments = defineTool({
  name: "search-documents",
  description:
    "Search the documents about the data by words and by similarity; returns passages with the document they come from, best first",
  effect: "reads",
  input: z.strictObject({
    query: z.string().trim().min(1).max(2_000).describe("A question or words"),
    limit: z.int().positive().max(50).default(5).describe("The maximum number of passages to return"),
  }),
  output: z.object({ passages: z.array(passageSchema) }),
  async run({ query, limit }, { documents }, signal) {
    const passages = await documents.search(query, limit, signal);
    return { summary: `Found ${passages.length} passages.`, data: JSON.stringify(passages), structured: { passages } };
  },
});

const listDocuments = defineTool({
  name: "list-documents",
  description: "List the documents that can be searched",
  effect: "reads",
  input: z.strictObject({}),
  output: z.object({
    documents: z.array(z.object({ id: z.string(), title: z.string(), source: z.string().optional(), passages: z.number() })),
    totalCount: z.number(),
  }),
  async run(_, { documents }) {
    const list = documents.list();
    return {
      summary: `There are ${list.length} documents.`,
      data: JSON.stringify(list),
      structured: { documents: list, totalCount: list.length },
    };
  },
});

const addDocument = defineTool({
  name: "add-document",
  description: "Add a document so that it can be searched. It is kept in this server's memory until the server stops.",
  effect: "adds",
  input: z.strictObject({
    title: z.string().trim().min(1).max(300),
    text: z.string().trim().min(1).max(250_000),
    source: z.string().max(2_000).optional().describe("Where the text comes from"),
    id: z.string().min(1).max(200).optional().describe("An id of your own; must not be in use"),
  }),
  output: z.object({ id: z.string(), passages: z.number() }),
  async run({ title, text, source, id = `added:${randomUUID()}` }, { documents }, signal) {
    if (documents.list().some((known) => known.id === id))
      throw new DataToolsError("BAD_ARGUMENT", `There is already a document "${id}"; delete it first.`, { details: { id } });
    const passages = await documents.add({ id, title, text, ...(source === undefined ? {} : { source }) }, signal);
    return { summary: `Added the document in ${passages} passages.`, data: JSON.stringify({ id }), structured: { id, passages } };
  },
});

const deleteDocument = defineTool({
  name: "delete-document",
  description:
    "Remove a document from the search. Files on disk are not touched: a document that came with the data is back after clear-cache or a restart.",
  effect: "deletes",
  input: z.strictObject({ id: z.string().min(1).describe("Document id, from list-documents") }),
  output: z.object({ id: z.string(), deleted: z.boolean() }),
  async run({ id }, { documents }) {
    const deleted = await documents.remove(id);
    return { summary: deleted ? "Removed the document." : "There was no such document.", structured: { id, deleted } };
  },
});

/** The retriever's tools. */
export const documentTools: readonly Tool[] = [searchDocuments, listDocuments, addDocument, deleteDocument];
