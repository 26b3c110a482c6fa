/** `OpenApi.Spec`: answers with the document of a server's routes, and with a page that shows it. */
import type {
  HttpMount,
  HttpMountInfo,
  ModuleCreateContext,
  ResourceInstance,
  RuntimeResource,
} from "../../contract/author.ts";
import { openApiDocument } from "./document.ts";
import { decompress, loadScript, PAGE_HEADERS, pageHtml } from "./page.ts";

/** The fields of a document. */
export interface SpecFields {
  readonly info: Readonly<Record<string, unknown>>;
  readonly apis?: readonly string[];
  readonly path: string;
  readonly ui: string | boolean;
}

/** A document, and what its page needs to know of it. */
interface Documented {
  readonly text: string;
  readonly hasSecurity: boolean;
}

const SCRIPT_NAME = "rapidoc.js";

/** Makes the document and the page when they are first requested. */
export function create(
  spec: RuntimeResource<SpecFields>,
  ctx: ModuleCreateContext,
): ResourceInstance<HttpMount> {
  const ui = uiPath(spec);
  const scriptPath = ui === undefined ? undefined : scriptPathOf(ui);
  const { name, version } = ctx.kernel.app;
  const info = { title: name as unknown, version: version ?? "1.0.0", ...spec.info };
  // Several servers may mount the resource, each with its own routes.
  const documents = new WeakMap<HttpMountInfo["routes"], Documented>();
  let script: Promise<Uint8Array<ArrayBuffer>> | undefined;

  function documentOf({ routes }: HttpMountInfo): Documented {
    let documented = documents.get(routes);
    if (documented === undefined) {
      const chosen = routes().filter(({ resource }) => spec.apis?.includes(resource) ?? true);
      const document = openApiDocument({ info, routes: chosen, schemaNames: schemaNames(ctx) });
      documented = {
        text: JSON.stringify(document),
        hasSecurity: chosen.some(({ security }) => security.length > 0),
      };
      documents.set(routes, documented);
    }
    return documented;
  }

  async function scriptResponse(request: Request): Promise<Response> {
    const bytes = await (script ??= loadScript());
    const headers = {
      "content-type": "text/javascript; charset=utf-8",
      "cache-control": "public, max-age=86400",
      vary: "accept-encoding",
      "x-content-type-options": "nosniff",
    };
    return /\bgzip\b/.test(request.headers.get("accept-encoding") ?? "")
      ? new Response(bytes, { headers: { ...headers, "content-encoding": "gzip" } })
      : new Response(decompress(bytes), { headers });
  }

  return {
    api: {
      paths: [spec.path, ...(ui === undefined ? [] : [ui, scriptPath ?? ""])],
      async fetch(request, mounted) {
        const { method } = request;
        if (method !== "GET" && method !== "HEAD") {
          return new Response(null, { status: 405, headers: { allow: "GET, HEAD" } });
        }
        const path = withoutSlash(mounted.path);
        if (path === withoutSlash(spec.path)) {
          return new Response(documentOf(mounted).text, {
            headers: { "content-type": "application/json", "x-content-type-options": "nosniff" },
          });
        }
        if (path === scriptPath) return await scriptResponse(request);
        const html = pageHtml({
          title: String(info.title),
          scriptUrl: mounted.mount + scriptPath,
          documentUrl: mounted.mount + spec.path,
          hasSecurity: documentOf(mounted).hasSecurity,
        });
        return new Response(html, { headers: PAGE_HEADERS });
      },
    },
  };
}

/** The path of the page; `undefined` for none. */
export function uiPath({ ui }: Pick<SpecFields, "ui">): string | undefined {
  return typeof ui === "string" ? ui : ui ? "/docs" : undefined;
}

/** The path of the script of the page at `ui`. */
export function scriptPathOf(ui: string): string {
  return `${ui.replace(/\/$/, "")}/${SCRIPT_NAME}`;
}

function withoutSlash(path: string): string {
  return path.length > 1 ? path.replace(/\/$/, "") : path;
}

/** The names of the schemas of `Data.Type` resources. */
function schemaNames(ctx: ModuleCreateContext): Map<unknown, string> {
  const names = new Map<unknown, string>();
  for (const { kind, metadata: { name } } of ctx.getResources("Data.Type")) {
    const schema = ctx.describe(`${kind}.${name}`)?.input;
    if (typeof schema === "object" && schema !== null) names.set(schema, name);
  }
  return names;
}
