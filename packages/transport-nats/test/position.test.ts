import { describe, expect, it } from "vitest";
import { positionOf } from "../src/pull.ts";

describe("the reply subject of a message", () => {
  const position = { deliveries: 2, sequence: 17, order: 9 };

  it.each([
    ["of a server of its own", "$JS.ACK.events.workers.2.17.9.1795398524132314242.4"],
    ["of a domain and an account", "$JS.ACK.hub.ABCDEF.events.workers.2.17.9.1795398524132314242.4"],
    ["of a domain, with a token behind", "$JS.ACK._.ABCDEF.events.workers.2.17.9.1795398524132314242.4.x1"],
  ])("tells the position: %s", (_form, reply) => {
    expect(positionOf(reply)).toEqual(position);
  });

  it.each(["", "_INBOX.abc", "$JS.ACK", "$JS.ACK.a.b.c.d.e.f.g"])("tells none: %j", (reply) => {
    expect(positionOf(reply)).toBeUndefined();
  });
});
