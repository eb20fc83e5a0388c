import { checkTag } from "./keys.ts";

/** The keys of one bus, all in one slot of a cluster, so that one script may touch several. */
export interface BusKeys {
  /** A stream; the ids of its entries are `sequence-0`. */
  readonly events: string;
  /** The last sequence and the time of the last event. */
  readonly meta: string;
  /** Ids of events published, in two generations. */
  readonly ids: string;
  readonly idsBefore: string;
  readonly dead: string;
  /** Who serves a group, for so long. */
  readonly lease: (group: string) => string;
  /** Who served it last. */
  readonly holder: (group: string) => string;
}

export function busKeys(prefix: string): BusKeys {
  const tag = `{${checkTag("prefix", prefix)}:bus}`;
  return {
    events: `${tag}:events`,
    meta: `${tag}:meta`,
    ids: `${tag}:ids`,
    idsBefore: `${tag}:ids-before`,
    dead: `${tag}:dead`,
    lease: (group) => `${tag}:lease:${group}`,
    holder: (group) => `${tag}:holder:${group}`,
  };
}
