import type { Catalog, Relation } from "./catalog.ts";

/** One relation walked: `up` from the row that points to the row pointed at, `down` the other way. */
export interface Edge {
  readonly relation: Relation;
  readonly direction: "up" | "down";
}

/** A chain of edges between two collections. */
export type Path = readonly Edge[];

/** The paths between collections, found once for a catalog. */
export interface RelationGraph {
  /** Every shortest chain of many-to-one relations from one collection to another; `[[]]` to itself. */
  readonly up: (from: string, to: string) => readonly Path[];
  /** Every shortest chain in any direction, at most five edges. */
  readonly any: (from: string, to: string) => readonly Path[];
  /** Relations of a collection to itself. */
  readonly self: (collection: string) => readonly Relation[];
}

const maxEdges = 5;

/** Where an edge ends. */
export function endOf(edge: Edge): string {
  return edge.direction === "up" ? edge.relation.to.collection : edge.relation.from.collection;
}

function shortest(edges: ReadonlyMap<string, readonly Edge[]>, from: string, to: string): Path[] {
  if (from === to) return [[]];
  let frontier: { at: string; path: Edge[] }[] = [{ at: from, path: [] }];
  const seen = new Set([from]);
  for (let depth = 0; depth < maxEdges && frontier.length > 0; depth++) {
    const next: { at: string; path: Edge[] }[] = [];
    const found: Path[] = [];
    for (const { at, path } of frontier) {
      for (const edge of edges.get(at) ?? []) {
        const end = endOf(edge);
        if (end === to) found.push([...path, edge]);
        else if (!seen.has(end)) next.push({ at: end, path: [...path, edge] });
      }
    }
    if (found.length > 0) return found;
    for (const { at } of next) seen.add(at);
    frontier = next.slice(0, 200);
  }
  return [];
}

/** Builds the graph of a catalog's relations. Paths are found on first use and kept. */
export function relationGraph(catalog: Catalog): RelationGraph {
  const up = new Map<string, Edge[]>();
  const any = new Map<string, Edge[]>();
  const add = (edges: Map<string, Edge[]>, at: string, edge: Edge): void => {
    const list = edges.get(at);
    if (list) list.push(edge);
    else edges.set(at, [edge]);
  };
  for (const relation of catalog.relations) {
    if (relation.from.collection === relation.to.collection) continue;
    add(up, relation.from.collection, { relation, direction: "up" });
    add(any, relation.from.collection, { relation, direction: "up" });
    add(any, relation.to.collection, { relation, direction: "down" });
  }
  /** Asked for thousands of times in a question. */
  const remembered = (edges: ReadonlyMap<string, readonly Edge[]>): RelationGraph["any"] => {
    const found = new Map<string, Map<string, readonly Path[]>>();
    return (from, to) => {
      let there = found.get(from);
      if (!there) found.set(from, (there = new Map()));
      let paths = there.get(to);
      if (!paths) there.set(to, (paths = shortest(edges, from, to)));
      return paths;
    };
  };
  return {
    up: remembered(up),
    any: remembered(any),
    self: (collection) =>
      catalog.relations.filter((relation) => relation.from.collection === collection && relation.to.collection === collection),
  };
}
