import net from "node:net";
import { memoryVectorIndex } from "@hydrogenai/core";

/** The words of one command at the front of the bytes, and how many bytes they take; undefined while it is not whole. */
function command(bytes: Buffer): { readonly words: readonly Buffer[]; readonly length: number } | undefined {
  let at = 0;
  const number = (): number | undefined => {
    const end = bytes.indexOf("\r\n", at);
    if (end < 0) return undefined;
    const value = Number(bytes.toString("latin1", at + 1, end));
    at = end + 2;
    return value;
  };
  const count = number();
  const words: Buffer[] = [];
  while (count !== undefined && words.length < count) {
    const length = number();
    if (length === undefined || bytes.length < at + length + 2) return undefined;
    words.push(bytes.subarray(at, at + length));
    at += length + 2;
  }
  return count === undefined ? undefined : { words, length: at };
}

const bulk = (text: string): string => `$${Buffer.byteLength(text)}\r\n${text}\r\n`;

/**
 * Speaks the protocol of Redis and, of its commands, what the documentation of vector sets says of VADD, VSIM and VREM: for machines whose
 * Redis has none.
 */
export async function vectorServer(dimensions: number): Promise<{ readonly url: string; readonly stop: () => void }> {
  const index = memoryVectorIndex({ dimensions });
  const vectorIn = (bytes: Buffer): Float32Array => Float32Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readFloatLE(at * 4));

  async function reply([name, shelf, ...args]: readonly Buffer[]): Promise<string> {
    const words = args.map(String);
    const key = String(shelf);
    switch (String(name).toLowerCase()) {
      case "vadd": {
        const element = words[2] ?? "";
        if (words[0] !== "FP32" || words[3] !== "NOQUANT") return "-ERR syntax error\r\n";
        const isNew = !(await index.remove(key, element));
        await index.add(key, element, vectorIn(args[1]!));
        return `:${isNew ? 1 : 0}\r\n`;
      }
      case "vsim": {
        if (words[0] !== "FP32" || words[2] !== "WITHSCORES" || words[3] !== "COUNT" || words[5] !== "TRUTH")
          return "-ERR syntax error\r\n";
        const found = await index.search(key, vectorIn(args[1]!), { atLeast: -2, limit: Number(words[4]) });
        return `*${found.length * 2}\r\n${found.map((each) => bulk(each.key) + bulk(String((1 + each.likeness) / 2))).join("")}`;
      }
      case "vrem":
        return `:${(await index.remove(key, words[0] ?? "")) ? 1 : 0}\r\n`;
      case "pexpire":
        return ":1\r\n";
      case "info":
        return bulk("redis_version:8.0.0\r\n");
      default:
        return "+OK\r\n";
    }
  }

  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket.on("error", () => undefined));
    let bytes = Buffer.alloc(0);
    let answered = Promise.resolve();
    socket.on("data", (more) => {
      bytes = Buffer.concat([bytes, Buffer.from(more)]);
      for (let next = command(bytes); next !== undefined; next = command(bytes)) {
        const { words, length } = next;
        bytes = bytes.subarray(length);
        answered = answered.then(async () => void socket.write(await reply(words)));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `redis://127.0.0.1:${(server.address() as net.AddressInfo).port}`,
    stop: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
