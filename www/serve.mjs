// A static server for development and tests: `node www/serve.mjs [port]`. HOST and PORT override 127.0.0.1 and 8000.
import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { dirname, extname, join, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".gif": "image/gif",
  ".gz": "application/gzip",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".map": "application/json",
  ".md": "text/markdown; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
};

/** The page with the package and the models, where they are built. */
const FOLDERS = [
  ["/pkg/", "pkg"],
  ["/models/", "models"],
  ["/", "site"],
];

/** ETags by file, size and time of change, so that a file is read whole only once. */
const etags = new Map();

/**
 * Starts the server.
 *
 * @param {object} [o]
 * @param {string} [o.host] Default: 127.0.0.1.
 * @param {number} [o.port] 0 takes a free one. Default: 0.
 * @param {(url: URL) => undefined | { status?: number, type?: string, body?: string | Buffer, etag?: string, headers?: object }} [o.answer]
 *   Answers instead of the files; undefined leaves the request to them. It may be asynchronous.
 * @param {[prefix: string, folder: string][]} [o.folders] Where an address looks, from the root of the project; the first prefix that
 *   begins it counts. Default: the page, with the package and the models.
 * @param {(request: { path: string, status: number, bytes: number }) => void} [o.onRequest] Told of each answer, with the
 *   bytes of its body.
 * @returns {Promise<{ origin: string, close: () => Promise<void> }>}
 */
export async function serve(o = {}) {
  const { host = "127.0.0.1", port = 0, answer = () => undefined, folders = FOLDERS, onRequest = () => {} } = o;
  const server = createServer(async (request, response) => {
    const url = pathOf(request);
    const found = await lookUp(request, url, answer, folders).catch((error) => ({ status: 500, body: String(error) }));
    const { status = 200, type = "text/plain; charset=utf-8", body = "", etag, headers: more } = found;
    const headers = {
      "Access-Control-Allow-Origin": "*",
      "Cache-Control": "no-cache",
      "X-Content-Type-Options": "nosniff",
      ...more,
    };
    if (etag) headers.ETag = etag;
    const same = status === 200 && etag !== undefined && request.headers["if-none-match"] === etag;
    if (!same) Object.assign(headers, { "Content-Type": type, "Content-Length": Buffer.byteLength(body) });
    const silent = same || request.method === "HEAD";
    onRequest({ path: url?.pathname ?? "", status: same ? 304 : status, bytes: silent ? 0 : Buffer.byteLength(body) });
    response.writeHead(same ? 304 : status, headers);
    response.end(silent ? undefined : body);
  });
  await new Promise((resolve, reject) => server.once("error", reject).listen(port, host, resolve));
  const name = host.includes(":") ? `[${host}]` : host;
  return { origin: `http://${name}:${server.address().port}`, close: () => close(server) };
}

async function lookUp(request, url, answer, folders) {
  if (request.method !== "GET" && request.method !== "HEAD") return { status: 405, body: "only GET and HEAD" };
  if (!url) return { status: 400, body: "not an address" };
  return (await answer(url)) ?? (await file(url, folders)) ?? { status: 404, body: `not found: ${url.pathname}` };
}

/** The file at an address; a folder gives its index.html. */
async function file({ pathname }, folders) {
  const path = decodeURIComponent(pathname.endsWith("/") ? `${pathname}index.html` : pathname);
  const [prefix, folder] = folders.find(([prefix]) => path.startsWith(prefix));
  const home = resolve(root, folder);
  const name = join(home, path.slice(prefix.length));
  if (!name.startsWith(home + sep) || path.includes("\0")) return undefined;
  const info = await stat(name).catch(() => undefined);
  if (!info?.isFile()) return undefined;
  const body = await readFile(name);
  return { type: TYPES[extname(name)] ?? "application/octet-stream", body, etag: etagOf(name, info, body) };
}

function etagOf(name, { size, mtimeMs }, body) {
  const version = `${size} ${mtimeMs}`;
  const known = etags.get(name);
  if (known?.version === version) return known.etag;
  const etag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`;
  etags.set(name, { version, etag });
  return etag;
}

/** The address that was asked for; undefined where it is none. */
function pathOf(request) {
  try {
    const url = new URL(request.url, "http://localhost");
    decodeURIComponent(url.pathname);
    return url;
  } catch {
    return undefined;
  }
}

function close(server) {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const port = Number(process.env.PORT ?? process.argv[2] ?? 8000);
  try {
    const { origin } = await serve({ host: process.env.HOST ?? "127.0.0.1", port });
    console.log(`${origin}/`);
  } catch (error) {
    console.error(`cannot serve on port ${port}: ${error.message}`);
    process.exit(1);
  }
}
