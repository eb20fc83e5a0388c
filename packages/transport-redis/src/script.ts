import { createHash } from "node:crypto";

/** A Lua script and the digest the server knows it by. */
export interface Script {
  readonly lua: string;
  readonly sha: string;
}

/** Joins the parts to one script. */
export function script(...parts: readonly string[]): Script {
  const lua = parts.join("\n");
  return { lua, sha: createHash("sha1").update(lua).digest("hex") };
}
