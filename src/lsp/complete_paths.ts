/** Completions of paths: of files that manifests, resources and directives name. */
import { KERNEL_KINDS } from "../contract/urn.ts";
import { TEST_CASE } from "../testing/test_case.ts";
import { type Completing, item } from "./completion_item.ts";
import { COMPLETION_KIND, type CompletionItem } from "./protocol.ts";
import { schemasOf } from "./resource_at.ts";
import type { Workspace } from "./workspace.ts";

/** What a path may lead to. */
type Wanted = "yaml" | "module" | "data" | "text";

const NAMES: Readonly<Record<Wanted, RegExp>> = {
  yaml: /\.ya?ml$/i,
  module: /\.[cm]?[jt]s$/i,
  data: /./,
  text: /./,
};

/** Folders that no path of an app leads to. */
const SKIPPED = /^(?:node_modules|\.)/;

/** The paths that may be written at a cursor; `undefined` where none is asked for. */
export function completePaths(
  completing: Completing,
  workspace: Pick<Workspace, "entriesOf">,
): CompletionItem[] | undefined {
  const { cursor, document } = completing;
  const wanted = wantedAt(completing);
  if (wanted === undefined || cursor.before.includes("${")) return undefined;
  const typed = cursor.before;
  // An import that does not begin like a path is the name of a module.
  const isImport = completing.resource?.isManifest && cursor.path[0] === "imports";
  if (isImport && !/^[./]/.test(typed)) return undefined;
  const folder = typed.slice(0, typed.lastIndexOf("/") + 1);
  // A path begins with a dot, so that it cannot be anything else.
  const lead = folder === "" ? "./" : "";
  return workspace.entriesOf(folder || "./", document.url)
    .filter(({ name, kind }) =>
      !SKIPPED.test(name) && (kind === "directory" || NAMES[wanted].test(name)) &&
      new URL(`${folder}${encodeURIComponent(name)}`, document.url).href !== document.url
    )
    .map(({ name, kind }) => {
      const isFolder = kind === "directory";
      return item(`${lead}${name}${isFolder ? "/" : ""}`, {
        kind: isFolder ? COMPLETION_KIND.folder : COMPLETION_KIND.file,
        group: isFolder ? "1" : "0",
        range: { start: cursor.start + folder.length, end: cursor.end },
      }, completing);
    });
}

function wantedAt({ cursor: { path: written }, resource, app }: Completing): Wanted | undefined {
  if (written.at(-1) === "$include") return "text";
  if (resource === undefined) return undefined;
  const { isManifest, kind, path } = resource;
  const [first] = path;
  const last = path.at(-1);
  if (isManifest) {
    const isList = typeof last === "number" || last === "path";
    return isList && ["imports", "resources", "definitions"].includes(String(first))
      ? "yaml"
      : last === "entrypoint"
      ? "module"
      : undefined;
  }
  if (kind === TEST_CASE) return path.length === 1 && first === "app" ? "yaml" : undefined;
  if (kind === KERNEL_KINDS.definition) {
    const isController = first === "controllers" && (typeof last === "number" ||
      last === "entrypoint");
    return isController || (first === "check" && path.length === 1) ? "module" : undefined;
  }
  const roles = schemasOf(resource, path.slice(0, 1), app).map((schema) => schema["digly:file"]);
  if (path.length > 2) return undefined;
  if (roles.includes("module")) return "module";
  if (roles.includes("data")) return "data";
  // The value of a secret or a variable may be in a file of any name.
  const isValue = resource.entry?.valueExpression !== undefined;
  return isValue && first === "file" && path.length === 1 ? "text" : undefined;
}
