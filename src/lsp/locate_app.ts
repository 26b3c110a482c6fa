/** Finds the app that a file belongs to. */
import type { Files } from "../contract/platform.ts";
import { CASE_FILE } from "../testing/test_case.ts";
import { type DocumentTree, textOf, valueOf } from "./yaml_tree.ts";

/** The name of the manifest that apps are started with. */
const MANIFEST = "runtime.yaml";

/** Folders that contain no apps of the user. */
const SKIPPED = new Set(["node_modules", "dist", "build", "target", "vendor"]);

/** How many folders are searched for apps, and how deep. */
const MAX_FOLDERS = 500;
const MAX_DEPTH = 6;
/** How many folders in one folder are searched. */
const MAX_ENTRIES = 2000;

/** The manifest or the file of tests that a file is checked with; `undefined` if there is none. */
export function ownTarget(
  url: string,
  trees: readonly DocumentTree[],
  files: Pick<Files, "stat">,
): string | undefined {
  if (CASE_FILE.test(url) || isAppManifest(trees)) return url;
  return nearestManifest(url, files);
}

/** The manifest of the app that a file with tests names. */
export function testedApp(url: string, trees: readonly DocumentTree[]): string | undefined {
  const app = trees.map(({ root }) => textOf(root, "app")).find((path) => path !== undefined);
  if (app === undefined || !URL.canParse(app, url)) return undefined;
  const place = new URL(app, url).href;
  return /\.ya?ml$/.test(place) ? place : new URL(MANIFEST, `${place.replace(/\/*$/, "")}/`).href;
}

/** The nearest `runtime.yaml` in the folder of a file and those above it. */
export function nearestManifest(url: string, files: Pick<Files, "stat">): string | undefined {
  for (let folder = new URL(".", url).href;;) {
    const manifest = new URL(MANIFEST, folder).href;
    if (files.stat(manifest)?.kind === "file") return manifest;
    const above = new URL("..", folder).href;
    if (above === folder) return undefined;
    folder = above;
  }
}

/** True for a file whose first document is the manifest of an app, whatever the file is called. */
function isAppManifest([first]: readonly DocumentTree[]): boolean {
  const root = first?.root;
  return textOf(root, "name") !== undefined && valueOf(root, "kind") === undefined &&
    valueOf(root, "imports") !== undefined && valueOf(root, "definitions") === undefined;
}

/** True for a file whose first document is a manifest, of an app or of a module. */
export function isManifestFile(url: string, trees: readonly DocumentTree[]): boolean {
  return /\/(?:runtime|module)\.ya?ml$/.test(url) || isAppManifest(trees);
}

/** True for a file whose documents are resources, or a manifest, and not of another program. */
export function isOwnFormat(trees: readonly DocumentTree[]): boolean {
  const filled = trees.filter(({ root }) => root.type !== "empty");
  return filled.length > 0 &&
    filled.every(({ root }) =>
      textOf(root, "kind") !== undefined && valueOf(root, "metadata") !== undefined &&
      valueOf(root, "apiVersion") === undefined
    );
}

/** The manifests of apps in some folders and below them. */
export function findApps(folders: readonly string[], files: Pick<Files, "list">): string[] {
  const found: string[] = [];
  const pending = folders.map((url) => ({ url: url.replace(/\/*$/, "/"), depth: 0 }));
  let count = 0;
  for (const { url, depth } of pending) {
    if (count++ >= MAX_FOLDERS) break;
    let entries: ReturnType<Files["list"]> = [];
    try {
      entries = files.list(url);
    } catch {
      continue; // A folder that cannot be read has no apps.
    }
    if (entries.some(({ name, kind }) => kind === "file" && name === MANIFEST)) {
      found.push(new URL(MANIFEST, url).href);
    }
    if (depth === MAX_DEPTH) continue;
    const below = entries.filter(({ name, kind }) =>
      kind === "directory" && !name.startsWith(".") && !SKIPPED.has(name)
    );
    for (const { name } of below.slice(0, MAX_ENTRIES)) {
      pending.push({ url: `${url}${encodeURIComponent(name)}/`, depth: depth + 1 });
    }
  }
  return found;
}
