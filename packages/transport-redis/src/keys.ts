import { OrchestratorError } from "@hydrogenai/core";

const escaped = "\u0000";

/**
 * A name as it stands in a Redis key; different names stay different. Redis keys hold any bytes, so a name goes in as it is,
 * except where UTF-8 would merge two names: half a surrogate pair becomes the same replacement character as another half.
 */
export function encodeName(name: string): string {
  if (name.isWellFormed() && !name.startsWith(escaped)) return name;
  return escaped + Buffer.from(name, "utf16le").toString("base64");
}

/** The name that `encodeName` made this of. */
export const decodeName = (text: string): string =>
  text.startsWith(escaped) ? Buffer.from(text.slice(escaped.length), "base64").toString("utf16le") : text;

/** Throws `CONFIG_INVALID` unless the text can stand inside a hash tag: 1 to 64 letters, digits, `_`, `-`, `.` or `:`. */
export function checkTag(option: string, text: string): string {
  if (/^[\w.:-]{1,64}$/.test(text)) return text;
  throw new OrchestratorError(
    "CONFIG_INVALID",
    `${option} must be 1 to 64 letters, digits, "_", "-", "." or ":", not ${JSON.stringify(text)}`,
  );
}

/** A key whose slot in a cluster is chosen by its first pair of braces, whatever the name holds. */
export const taggedKey = (tag: string, family: string, name: string): string => `{${tag}}:${family}:${encodeName(name)}`;

/** Hash tags a prefix is spread over. */
const buckets = 8;

/** Spreads names over the hash tags; the same name always gets the same one. */
export function bucketOf(name: string): number {
  let hash = 2_166_136_261;
  for (let index = 0; index < name.length; index++) hash = Math.imul(hash ^ name.charCodeAt(index), 16_777_619);
  return (hash >>> 0) % buckets;
}
