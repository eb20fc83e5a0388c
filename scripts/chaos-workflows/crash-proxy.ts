import net from "node:net";

export interface CrashProxy {
  readonly url: string;
  /** Resolves once the command came, and the server had it if it was to have it. */
  readonly crashed: Promise<void>;
  readonly close: () => Promise<void>;
}

/** Long enough for a server on this machine to have run what it was sent. */
const serverMs = 15;

/** Splits what a Redis client sends into commands: lists of texts with their lengths before them. */
function commandSplitter(): (chunk: Buffer) => Buffer[] {
  let rest = Buffer.alloc(0);

  function endOfFirst(): number | undefined {
    const lineEnd = (from: number): number | undefined => {
      const end = rest.indexOf("\r\n", from);
      return end === -1 ? undefined : end + 2;
    };
    let at = lineEnd(0);
    for (let left = Number(rest.subarray(1, at).toString()); left > 0 && at !== undefined; left--) {
      const text = lineEnd(at);
      if (text === undefined) return undefined;
      at = text + Number(rest.subarray(at + 1, text).toString()) + 2;
    }
    return at !== undefined && at <= rest.length ? at : undefined;
  }

  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    const commands: Buffer[] = [];
    for (let end = endOfFirst(); end !== undefined && rest.length > 0; end = endOfFirst()) {
      commands.push(rest.subarray(0, end));
      rest = rest.subarray(end);
    }
    return commands;
  };
}

/**
 * Stands between one process and its Redis. At the process's N-th command, over all its connections, nothing passes any more in
 * either direction: `after` the server had that command, or `before`.
 */
export async function crashProxy(redis: string, point: number, when: "before" | "after"): Promise<CrashProxy> {
  const { hostname: host, port } = new URL(redis);
  const sockets = new Set<net.Socket>();
  const { promise: crashed, resolve } = Promise.withResolvers<void>();
  let seen = 0;
  let silent = false;

  const server = net.createServer((client) => {
    const upstream = net.connect({ host, port: Number(port) });
    const split = commandSplitter();
    client.on("data", (chunk: Buffer) => {
      for (const command of split(chunk)) {
        if (silent) return;
        silent = ++seen === point;
        if (!silent || when === "after") upstream.write(command);
        if (silent) setTimeout(() => resolve(), serverMs);
      }
    });
    upstream.on("data", (chunk) => {
      if (!silent) client.write(chunk);
    });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        for (const either of [client, upstream]) {
          sockets.delete(either);
          either.destroy();
        }
      });
    }
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));

  return {
    url: `redis://127.0.0.1:${(server.address() as net.AddressInfo).port}`,
    crashed,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((closed) => server.close(closed));
    },
  };
}
