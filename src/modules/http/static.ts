/** `Http.Static`: serves the files of a folder. */
import { statSync } from "node:fs";
import { join } from "node:path";
import type {
  HttpMount,
  HttpMountInfo,
  ModuleCreateContext,
  ResourceInstance,
  RuntimeResource,
} from "../../contract/author.ts";
import { type ByteRange, preconditionStatus, rangeOf, type Representation } from "./conditions.ts";
import { contentTypeOf, extensionOf } from "./content_types.ts";
import { RequestError } from "./errors.ts";
import { resolvePath } from "../shared/manifest_path.ts";
import { createMiddlewareFinder } from "./middleware.ts";
import { responseWith } from "./send.ts";
import { bodyOf } from "./static_body.ts";
import { namesIn, openBelow, type OpenFile } from "./static_files.ts";

/** The fields of an `Http.Static`. */
export interface StaticFields {
  readonly root: string;
  /** `false` for none. */
  readonly index: string | false;
  readonly fallback?: string;
  readonly cacheControl: string;
  /** Middleware, the outermost first. */
  readonly use?: readonly string[];
}

/** The file that answers a request, and the name that says its type. */
interface Found {
  readonly file: OpenFile;
  readonly name: string;
}

/** Serves files. */
export function create(
  { root, index, fallback, cacheControl, use = [] }: RuntimeResource<StaticFields>,
  ctx: ModuleCreateContext,
): ResourceInstance<HttpMount> {
  const folder = resolvePath(root, ["root"], ctx);
  const fallbackNames = fallback?.split("/");

  /** The file of a path, or where a folder without a slash at its end leads to. */
  async function find(
    path: string,
    { headers }: Request,
    { request: { url } }: HttpMountInfo,
  ): Promise<Found | { readonly location: string } | undefined> {
    const names = namesIn(path);
    if (names === undefined) return undefined;
    const last = names.at(-1) ?? "";
    const { pathname, search } = new URL(String(url));
    const isFolder = pathname.endsWith("/");
    const found = last === "" ? "folder" : await openBelow(folder, names);
    if (found !== "folder" && found !== undefined) return { file: found, name: last };
    if (found === "folder" && index !== false) {
      const inside = last === "" ? names.slice(0, -1) : names;
      const file = await openBelow(folder, [...inside, index]);
      if (file !== undefined && file !== "folder") {
        if (isFolder) return { file, name: index };
        await file.handle.close();
        // A path that begins with two slashes would lead to another host.
        return { location: `/${pathname.replace(/^\/+/, "")}/${search}` };
      }
    }
    if (fallbackNames === undefined || !acceptsPage(headers, last)) return undefined;
    const file = await openBelow(folder, fallbackNames);
    return file === undefined || file === "folder"
      ? undefined
      : { file, name: fallbackNames.at(-1) ?? "" };
  }

  return {
    init() {
      requireIn(folder, "isDirectory", "folder", root, "root", ctx);
      if (fallback !== undefined) {
        requireIn(join(folder, fallback), "isFile", "file", fallback, "fallback", ctx);
      }
    },
    api: {
      methods: ["GET"],
      use: createMiddlewareFinder(ctx)(use),
      async fetch(request, info) {
        const found = await find(info.path, request, info);
        if (found === undefined) throw new RequestError(404, "NOT_FOUND", "Not found");
        if ("location" in found) {
          return new Response(null, { status: 301, headers: { location: found.location } });
        }
        return await respond(found, request, cacheControl);
      },
    },
  };
}

/** Throws an error about a field that names no folder or file. */
function requireIn(
  path: string,
  test: "isDirectory" | "isFile",
  noun: string,
  written: string,
  field: string,
  ctx: ModuleCreateContext,
): void {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats?.[test]()) return;
  const problem = stats === undefined ? "does not exist" : `is not a ${noun}`;
  throw ctx.problem([field], `the ${noun} "${written}" ${problem}`, {
    help: field === "root"
      ? `Create ${path}, or write another path, relative to this file`
      : `Create ${path}, or write the path of another file below \`root\``,
  });
}

/** Whether a missing file may be a page of a single-page app; `*` alone also comes from scripts. */
function acceptsPage(headers: Headers, name: string): boolean {
  const accept = headers.get("accept") ?? "*/*";
  return /text\/html/i.test(accept) ||
    /(?:\*|text)\/\*/.test(accept) && extensionOf(name) === undefined;
}

/** Answers a GET or HEAD request with a file. Closes it. */
async function respond(
  { file, name }: Found,
  request: Request,
  cacheControl: string,
): Promise<Response> {
  const { handle, size, modifiedMs } = file;
  const representation: Representation = {
    etag: `"${modifiedMs.toString(36)}-${size.toString(36)}"`,
    modifiedAt: Math.floor(modifiedMs / 1_000) * 1_000,
  };
  const headers = new Headers({
    "cache-control": cacheControl,
    etag: representation.etag,
    "last-modified": new Date(representation.modifiedAt).toUTCString(),
  });
  const status = preconditionStatus(request.headers, representation);
  if (status !== undefined) {
    await handle.close();
    if (status === 412) throw new RequestError(412, "PRECONDITION_FAILED", "The file has changed");
    return new Response(null, { status, headers });
  }
  headers.set("accept-ranges", "bytes");
  const isHead = request.method === "HEAD";
  // A range is defined for GET only.
  const range = isHead ? undefined : rangeOf(request.headers, representation, size);
  if (range === "unsatisfiable") {
    await handle.close();
    throw new RequestError(416, "RANGE_NOT_SATISFIABLE", `The file has ${size} bytes`, {
      headers: { "content-range": `bytes */${size}` },
    });
  }
  const type = contentTypeOf(name);
  headers.set("content-type", type);
  if (range !== undefined) {
    headers.set("content-range", `bytes ${range.start}-${range.end - 1}/${size}`);
  }
  return await respondWith(file, range, isHead, type, headers);
}

async function respondWith(
  file: OpenFile,
  range: ByteRange | undefined,
  isHead: boolean,
  type: string,
  headers: Headers,
): Promise<Response> {
  const { start, end } = range ?? { start: 0, end: file.size };
  if (isHead) {
    await file.handle.close();
    headers.set("content-length", String(end - start));
    return new Response(null, { headers });
  }
  const body = await bodyOf(file, { start, end }, type);
  const init = { status: range === undefined ? 200 : 206, headers };
  // Bun would name the file on the disk.
  if (body instanceof Blob) headers.set("content-disposition", "inline");
  if (!(body instanceof ReadableStream)) return responseWith(body, init);
  headers.set("content-length", String(end - start));
  return new Response(body, init);
}
