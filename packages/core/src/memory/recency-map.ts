/** A map that knows which key was used longest ago. Every call takes constant time. */
export interface RecencyMap<Value> {
  /** Does not count as use. */
  readonly get: (key: string) => Value | undefined;
  /** As `get`, and makes the key the newest. */
  readonly use: (key: string) => Value | undefined;
  /** Makes an existing key the newest. */
  readonly touch: (key: string) => void;
  /** Makes the key the newest. */
  readonly set: (key: string, value: Value) => void;
  readonly delete: (key: string) => boolean;
  readonly oldest: () => { readonly key: string; readonly value: Value } | undefined;
  readonly entries: () => Iterable<readonly [key: string, value: Value]>;
  readonly clear: () => void;
}

interface Node<Value> {
  readonly key: string;
  value: Value;
  older: Node<Value> | undefined;
  newer: Node<Value> | undefined;
}

/**
 * A map over a linked list. The insertion order of a plain `Map` would do as well, but to find its first key it steps over
 * every deleted one, which makes eviction from a large map cost milliseconds.
 */
export function recencyMap<Value>(): RecencyMap<Value> {
  const nodes = new Map<string, Node<Value>>();
  let oldest: Node<Value> | undefined;
  let newest: Node<Value> | undefined;

  const unlink = ({ older, newer }: Node<Value>): void => {
    if (older === undefined) oldest = newer;
    else older.newer = newer;
    if (newer === undefined) newest = older;
    else newer.older = older;
  };

  const append = (node: Node<Value>): void => {
    node.older = newest;
    node.newer = undefined;
    if (newest === undefined) oldest = node;
    else newest.newer = node;
    newest = node;
  };

  const renew = (node: Node<Value>): void => {
    if (node === newest) return;
    unlink(node);
    append(node);
  };

  return {
    get: (key) => nodes.get(key)?.value,
    use: (key) => {
      const node = nodes.get(key);
      if (node === undefined) return undefined;
      renew(node);
      return node.value;
    },
    touch: (key) => {
      const node = nodes.get(key);
      if (node !== undefined) renew(node);
    },
    set: (key, value) => {
      const known = nodes.get(key);
      if (known !== undefined) {
        known.value = value;
        renew(known);
        return;
      }
      const node: Node<Value> = { key, value, older: undefined, newer: undefined };
      nodes.set(key, node);
      append(node);
    },
    delete: (key) => {
      const node = nodes.get(key);
      if (node === undefined) return false;
      unlink(node);
      return nodes.delete(key);
    },
    oldest: () => oldest,
    *entries() {
      for (const [key, { value }] of nodes) yield [key, value];
    },
    clear: () => {
      nodes.clear();
      oldest = undefined;
      newest = undefined;
    },
  };
}
