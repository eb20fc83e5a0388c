import net from "node:net";

/** What the server sends to one client: a message, or a line of the protocol. */
export interface Frame {
  readonly kind: string;
  /** Of a message. */
  readonly subject: string;
  /** Of a message, without its headers. */
  readonly payload: string;
}

/** A TCP proxy in front of a nats-server that sees each frame to the client and can lose it. */
export interface NatsProxy {
  readonly url: string;
  /** Asked for each frame to a client: `drop` loses it, `cut` loses it and the connection with it. */
  decide: (frame: Frame) => "pass" | "drop" | "cut";
  readonly close: () => Promise<void>;
}

/** Calls back with each whole frame of the protocol in a stream of bytes. */
function frameReader(onFrame: (frame: Frame, bytes: Buffer) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);

  function next(): boolean {
    const lineEnd = rest.indexOf("\r\n");
    if (lineEnd === -1) return false;
    const words = rest.toString("latin1", 0, lineEnd).split(" ");
    const kind = words[0] ?? "";
    let end = lineEnd + 2;
    let payload = "";
    if (kind === "MSG" || kind === "HMSG") {
      const size = Number(words.at(-1));
      if (rest.length < end + size + 2) return false;
      const headerSize = kind === "HMSG" ? Number(words.at(-2)) : 0;
      payload = rest.toString("utf8", end + headerSize, end + size);
      end += size + 2;
    }
    const frame = rest.subarray(0, end);
    rest = rest.subarray(end);
    onFrame({ kind, subject: words[1] ?? "", payload }, frame);
    return true;
  }

  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (next());
  };
}

export async function natsProxy(targetUrl: string): Promise<NatsProxy> {
  const port = Number(new URL(targetUrl).port);
  const sockets = new Set<net.Socket>();
  const server = net.createServer((client) => {
    const upstream = net.connect({ port, host: "127.0.0.1" });
    let open = true;
    const end = (): void => {
      open = false;
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true);
      sockets.add(socket);
      socket.on("error", end).on("close", () => {
        sockets.delete(socket);
        end();
      });
    }
    client.on("data", (chunk: Buffer) => upstream.write(chunk));
    const read = frameReader((frame, bytes) => {
      if (!open) return;
      const decision = proxy.decide(frame);
      if (decision === "pass") client.write(bytes);
      else if (decision === "cut") end();
    });
    upstream.on("data", read);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const proxy: NatsProxy = {
    url: `nats://127.0.0.1:${(server.address() as net.AddressInfo).port}`,
    decide: () => "pass",
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}
