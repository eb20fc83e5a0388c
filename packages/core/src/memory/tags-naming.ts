const maxKinds = 8;

/**
 * The tags of a `CacheFilter` that reach an answer with this tag: the tag itself and its kinds, which are what stands before each of its
 * first eight colons, with `:*`. `collection:orders` is reached by `collection:orders` and `collection:*`. For caches of your own.
 */
export function tagsNaming(tag: string): readonly string[] {
  const naming = [tag];
  for (let at = tag.indexOf(":"); at >= 0 && naming.length <= maxKinds; at = tag.indexOf(":", at + 1)) naming.push(`${tag.slice(0, at)}:*`);
  return naming;
}
