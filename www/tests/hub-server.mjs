// A server of a model's files that plays the hub: ranges, ETags and redirects as they should be, and on request anything but that.
import { createHash } from "node:crypto";
import { createServer } from "node:http";

const EXPOSED = "ETag, Content-Range, Accept-Ranges, Retry-After";

/** Its files by their paths; `requests` has what it was asked for, with the bytes of weights that it sent. */
export class HubServer {
  requests = [];
  #files = new Map();
  #quirks = new Map();
  #held = new Map();
  #elsewhere = new Map();
  #server;

  static async start() {
    const hub = new HubServer();
    hub.#server = createServer((request, response) => hub.#answer(request, response));
    await new Promise((resolve) => hub.#server.listen(0, "127.0.0.1", resolve));
    hub.origin = `http://127.0.0.1:${hub.#server.address().port}`;
    return hub;
  }

  put(path, body) {
    this.#files.set(path, Buffer.from(body));
  }

  drop(path) {
    this.#files.delete(path);
  }

  /** Requests for a path are sent on to this address, as the hub does for weights. */
  redirect(path, address) {
    this.#elsewhere.set(path, address);
  }

  /** The next requests for a path are answered by these functions, one each; `true` leaves one to the server. */
  next(path, ...quirks) {
    this.#quirks.set(path, quirks);
  }

  /** Requests for a path, of this method. */
  asked(path, method = "GET") {
    return this.requests.filter((request) => request.path === path && request.method === method);
  }

  /** A page says here how many bytes of a file it has: what waits for that breaks off. */
  #received(request, response) {
    const { searchParams } = new URL(request.url, this.origin);
    for (const [count, breakOff] of this.#held.get(searchParams.get("path")) ?? []) {
      if (Number(searchParams.get("count")) === count) breakOff();
    }
    response.end();
  }

  /**
   * Sends the bytes of a file up to this count, and breaks off when the page has them: a browser may lose what it had not given to the page
   * by then.
   */
  breakAt(path, count, response, part) {
    this.#held.set(path, [...(this.#held.get(path) ?? []), [count, () => response.destroy()]]);
    response.write(part);
  }

  async close() {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request, response) {
    const { pathname: path } = new URL(request.url, this.origin);
    const { method, headers } = request;
    const told = { path, method, range: headers.range, ifRange: headers["if-range"], sent: 0 };
    response.setHeader("Access-Control-Allow-Origin", "*");
    if (path === "/received") return this.#received(request, response);
    if (method !== "OPTIONS") this.requests.push(told);
    response.setHeader("Access-Control-Expose-Headers", EXPOSED);
    response.setHeader("Cache-Control", "no-store");
    const { write, end } = response;
    const counting =
      (send) =>
      (part, ...more) => {
        if (part instanceof Uint8Array) told.sent += part.length;
        return send.call(response, part, ...more);
      };
    response.write = counting(write);
    response.end = counting(end);
    const quirk = method === "GET" ? this.#quirks.get(path)?.shift() : undefined;
    const body = this.#files.get(path);
    const elsewhere = this.#elsewhere.get(path);
    if (elsewhere) response.writeHead(302, { Location: elsewhere }).end();
    else if (typeof quirk === "function") quirk(response, body, request, this);
    else if (body) serveFile(request, response, body);
    else response.writeHead(404).end("not here");
  }
}

export function etagOf(body) {
  return `"${createHash("sha256").update(body).digest("hex")}"`;
}

/** A file as a server should send it, with the part that was asked for. */
export function serveFile(request, response, body, etag = etagOf(body)) {
  const { range, "if-range": unless } = request.headers;
  const from = Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0);
  const isPart = range !== undefined && (unless === undefined || unless === etag);
  const part = isPart ? body.subarray(from) : body;
  const headers = { ETag: etag, "Accept-Ranges": "bytes", "Content-Length": part.length };
  if (isPart) headers["Content-Range"] = `bytes ${from}-${body.length - 1}/${body.length}`;
  response.writeHead(isPart ? 206 : 200, { "Content-Type": "application/octet-stream", ...headers });
  response.end(request.method === "HEAD" ? undefined : part);
}

/** Promises the whole, sends so many bytes of it, and breaks off; with these headers more. */
export function breaksOff(count, more = {}) {
  return (response, body, { url }, hub) => {
    response.writeHead(200, { ETag: etagOf(body), "Content-Length": body.length, ...more });
    hub.breakAt(url, count, response, body.subarray(0, count));
  };
}

/** The same, but it falls silent in place of breaking off. */
export function fallsSilent(count, more = {}) {
  return (response, body) => {
    response.writeHead(200, { ETag: etagOf(body), "Content-Length": body.length, ...more });
    response.write(body.subarray(0, count));
  };
}

/** Answers a range with this status, these headers and this body. */
export function says(status, headers, body = "") {
  return (response) => response.writeHead(status, headers).end(body);
}
