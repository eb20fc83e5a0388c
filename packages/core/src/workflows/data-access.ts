import type { DataSource, DataSourceOptions } from "../plan/index.ts";
import type { Tool } from "../ports/tool-source.ts";
import { planner } from "./planner.ts";

/** The data behind the connected tools, found once and shared by all queries. */
export interface DataAccess {
  /** The data source these tools form; undefined when they form none. */
  readonly sourceOf: (tools: readonly Tool[]) => Promise<DataSource | undefined>;
  /** Version of the data's schema as last seen; undefined before it was looked at. */
  readonly version: () => string | undefined;
  /** What is known may be out of date: look again when next asked. */
  readonly refresh: () => void;
}

/** `guarded` makes of a tool one that answers in time or with a typed error. */
export function dataAccess(options: DataSourceOptions = {}, guarded: (tool: Tool) => Tool = (tool) => tool): DataAccess {
  let known: { readonly tools: readonly Tool[]; readonly source: DataSource | undefined } | undefined;
  let version: string | undefined;

  // The same tools give the same source, however the list was made.
  const isKnown = (tools: readonly Tool[]): boolean =>
    known !== undefined && known.tools.length === tools.length && known.tools.every(({ execute }, at) => execute === tools[at]?.execute);

  function watched(source: DataSource): DataSource {
    return {
      ...source,
      async catalog(options) {
        const catalog = await source.catalog(options);
        version = catalog.version;
        return catalog;
      },
    };
  }

  return {
    async sourceOf(tools) {
      if (tools.length === 0) return undefined;
      const { dataSource } = await planner();
      if (!isKnown(tools)) {
        const source = dataSource(tools.map(guarded), options);
        known = { tools, source: source === undefined ? undefined : watched(source) };
      }
      return known?.source;
    },
    version: () => version,
    refresh: () => known?.source?.refresh(),
  };
}
