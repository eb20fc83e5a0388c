/** Preloaded into a server that would listen on every interface: it gets 127.0.0.1, and the port it got is told on standard error. */
import { Server } from "node:net";

const listen: (this: Server, where: object, callback?: () => void) => Server = Reflect.get(Server.prototype, "listen");

function listenOnLoopback(this: Server, ...args: unknown[]): Server {
  const [where] = args;
  const port = typeof where === "object" && where !== null && "port" in where ? where.port : where;
  const callback = args.findLast((arg): arg is () => void => typeof arg === "function");
  this.once("listening", () => {
    const address = this.address();
    if (typeof address === "object" && address !== null) console.error(`listening on port ${address.port}`);
  });
  return listen.call(this, { port: Number(port), host: "127.0.0.1" }, callback);
}

Object.assign(Server.prototype, { listen: listenOnLoopback });
