import net from "node:net";

/** A TCP proxy in front of a Redis that sees each command and can lose its reply. */
export interface FaultProxy {
  readonly url: string;
  /** Names of the commands seen, in order. */
  readonly commands: readonly string[];
  /** Asked for each command: `cut` lets the server run it, then resets the connection instead of passing the reply on. */
  decide: (name: string) => "pass" | "cut";
  /** While true, nothing passes in either direction and connections stay open. */
  silent: boolean;
  /** Resets every connection. */
  readonly cutAll: () => void;
  readonly close: () => Promise<void>;
}

/** Calls back with the name of each RESP command in a stream of bytes. */
function commandReader(onCommand: (name: string) => void): (chunk: Buffer) => void {
  let rest = Buffer.alloc(0);

  /** The name and the end of the command that starts the buffer, or undefined while it is incomplete. */
  function next(): { readonly name: string; readonly end: number } | undefined {
    const line = (from: number): { readonly text: string; readonly end: number } | undefined => {
      const end = rest.indexOf("\r\n", from);
      return end === -1 ? undefined : { text: rest.toString("latin1", from, end), end: end + 2 };
    };
    const head = line(0);
    if (head === undefined) return undefined;
    let at = head.end;
    let name = "";
    for (let index = 0; index < Number(head.text.slice(1)); index++) {
      const size = line(at);
      if (size === undefined) return undefined;
      const end = size.end + Number(size.text.slice(1));
      if (rest.length < end + 2) return undefined;
      if (index === 0) name = rest.toString("latin1", size.end, end).toLowerCase();
      at = end + 2;
    }
    return { name, end: at };
  }

  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    for (let command = next(); command !== undefined && rest.length > 0; command = next()) {
      rest = rest.subarray(command.end);
      onCommand(command.name);
    }
  };
}

export async function faultProxy(targetUrl: string): Promise<FaultProxy> {
  const target = { host: new URL(targetUrl).hostname, port: Number(new URL(targetUrl).port) };
  const open = new Set<() => void>();
  const commands: string[] = [];

  const server = net.createServer((client) => {
    const upstream = net.connect(target);
    let cutting = false;
    const cut = (): void => {
      open.delete(cut);
      client.resetAndDestroy();
      upstream.destroy();
    };
    open.add(cut);
    const read = commandReader((name) => {
      commands.push(name);
      if (proxy.decide(name) === "cut") cutting = true;
    });
    client.on("data", (chunk: Buffer) => {
      if (proxy.silent) return;
      read(chunk);
      upstream.write(chunk);
    });
    upstream.on("data", (chunk) => {
      if (proxy.silent) return;
      if (cutting) cut();
      else client.write(chunk);
    });
    for (const socket of [client, upstream]) socket.on("error", cut).on("close", cut);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  const proxy: FaultProxy = {
    url: `redis://127.0.0.1:${(server.address() as net.AddressInfo).port}`,
    commands,
    decide: () => "pass",
    silent: false,
    cutAll: () => {
      for (const cut of open) cut();
    },
    close: async () => {
      for (const cut of open) cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}
