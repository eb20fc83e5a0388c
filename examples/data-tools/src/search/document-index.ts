import { create, insertMultiple, removeMultiple, search, type Orama } from "@orama/orama";
import { DataToolsError } from "../errors.ts";
import type { SourceDocument } from "../load/table.ts";
import type { Embedder } from "./embedder.ts";
import { splitPassages } from "./passages.ts";
import { searchWords } from "./words.ts";

/** A passage that fits a question. `score` is between 0 and 1; `start` and `end` are character positions in the document. */
interface FoundPassage {
  id: string;
  document: string;
  title: string;
  text: string;
  score: number;
  start: number;
  end: number;
  source?: string;
}

interface DocumentSummary {
  id: string;
  title: string;
  source?: string;
  passages: number;
}

/** Documents cut into passages, found by their words and by their vectors together. */
export interface DocumentIndex {
  /** Adds a document, or replaces the one with the same id; resolves with the number of its passages. */
  add(document: SourceDocument, signal: AbortSignal): Promise<number>;
  /** False when there is no such document. */
  remove(id: string): Promise<boolean>;
  /** The best passages, best first; empty when nothing has anything in common with the query. */
  search(query: string, limit: number, signal: AbortSignal): Promise<FoundPassage[]>;
  list(): DocumentSummary[];
}

/** More documents than this are refused: the index is in memory. */
const maxDocuments = 10_000;
const maxCharacters = 2_000_000;
/** Below this similarity a vector found only chance. */
const minSimilarity = 0.2;
const textWeight = 0.6;
/** A text score of this much counts half. */
const textHalf = 6;

const schema = { title: "string", text: "string" } as const;

/** An empty index using `embedder` for the vectors. */
export function createDocumentIndex(embedder: Embedder): DocumentIndex {
  const vectorType: `vector[${number}]` = `vector[${embedder.dimensions}]`;
  const database: Orama<typeof schema & { vector: typeof vectorType }> = create({
    schema: { ...schema, vector: vectorType },
    components: {
      tokenizer: { language: "english", normalizationCache: new Map(), tokenize: (raw: string) => [...new Set(searchWords(raw))] },
    },
  });
  const documents = new Map<string, DocumentSummary>();
  const passages = new Map<string, Omit<FoundPassage, "score">>();

  const passageId = (document: string, index: number) => `${document}#${index + 1}`;

  async function remove(id: string): Promise<boolean> {
    const known = documents.get(id);
    if (known === undefined) return false;
    const ids = Array.from({ length: known.passages }, (_, index) => passageId(id, index));
    await removeMultiple(database, ids);
    for (const passage of ids) passages.delete(passage);
    documents.delete(id);
    return true;
  }

  return {
    async add(document, signal) {
      if (document.text.length > maxCharacters)
        throw new DataToolsError("TOO_LARGE", `A document may have at most ${maxCharacters} characters.`);
      if (!documents.has(document.id) && documents.size >= maxDocuments)
        throw new DataToolsError("TOO_LARGE", `There are already ${maxDocuments} documents.`);
      const pieces = splitPassages(document.text);
      const vectors = await embedder.embed(
        pieces.map(({ text }) => `${document.title}\n${text}`),
        signal,
      );
      await remove(document.id);
      const source = document.source === undefined ? {} : { source: document.source };
      const entries = pieces.map(({ text }, index) => ({
        id: passageId(document.id, index),
        title: document.title,
        text,
        vector: vectors[index] ?? [],
      }));
      await insertMultiple(database, entries);
      for (const [index, piece] of pieces.entries()) {
        const id = passageId(document.id, index);
        passages.set(id, { id, document: document.id, title: document.title, ...piece, ...source });
      }
      documents.set(document.id, { id: document.id, title: document.title, ...source, passages: pieces.length });
      return pieces.length;
    },
    remove,
    async search(query, limit, signal) {
      const [vector = []] = await embedder.embed([query], signal);
      signal.throwIfAborted();
      const wide = Math.max(50, limit * 4);
      const byWords =
        searchWords(query).length === 0
          ? undefined
          : await search(database, { term: query, properties: ["title", "text"], boost: { title: 2 }, limit: wide });
      const byVector = await search(database, {
        mode: "vector",
        vector: { value: vector, property: "vector" },
        similarity: minSimilarity,
        limit: wide,
      });
      const scores = new Map<string, number>();
      for (const { id, score } of byWords?.hits ?? []) scores.set(id, (textWeight * score) / (score + textHalf));
      for (const { id, score } of byVector.hits) scores.set(id, (scores.get(id) ?? 0) + (1 - textWeight) * Math.min(1, score));
      return [...scores]
        .toSorted(([oneId, one], [otherId, other]) => other - one || oneId.localeCompare(otherId))
        .slice(0, limit)
        .flatMap(([id, score]) => {
          const passage = passages.get(id);
          return passage === undefined ? [] : [{ ...passage, score: Math.round(score * 10_000) / 10_000 }];
        });
    },
    list: () => [...documents.values()],
  };
}
