// Preloaded into a server that would listen on every interface: it gets 127.0.0.1, and the port it got is told on standard error.
import { Server } from "node:net";

const listen = Server.prototype.listen;
Server.prototype.listen = function (...args) {
  const callback = args.findLast((arg) => typeof arg === "function");
  const port = typeof args[0] === "object" ? args[0].port : args[0];
  this.once("listening", () => console.error(`listening on port ${this.address().port}`));
  return listen.call(this, { port: Number(port), host: "127.0.0.1" }, callback);
};
