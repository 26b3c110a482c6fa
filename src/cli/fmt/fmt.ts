/** `digly fmt`: formats manifests. */
import { type DiglyError, fail, isDiglyError, messageOf } from "../../contract/errors.ts";
import { DEFAULT_LIMITS } from "../../contract/limits.ts";
import { resolveLocation } from "../../contract/location.ts";
import type { Platform } from "../../contract/platform.ts";
import { readTextFile } from "../../contract/read_file.ts";
import { nearestBeside } from "../../diagnostics/nearest_file.ts";
import type { CliHost } from "../host.ts";
import { createProgress, outputsAbove } from "../progress.ts";
import { relativeTo, renderError } from "../report.ts";
import { renderingOn } from "../session.ts";

/** The options of `fmt`. */
export interface FmtOptions {
  /** Write nothing, and fail if a file is not formatted. */
  readonly check?: boolean;
  readonly verbose?: boolean;
}

const YAML = /\.ya?ml$/;

/** Formats the manifests at `paths`; resolves with the exit code. */
export async function fmt(
  host: CliHost,
  paths: readonly string[],
  { check = false, verbose = false }: FmtOptions,
): Promise<number> {
  const progress = createProgress(host.platform);
  const platform = { ...host.platform, ...outputsAbove(progress, host.platform) };
  const { formatManifest, isManifest } = await import("../../format/format_manifest.ts");
  const rendering = renderingOn(host, verbose);
  if (paths.length === 1 && paths[0] === "-") {
    const bytes = await platform.readStdin(DEFAULT_LIMITS.fileBytes);
    const text = formatManifest("file:///stdin.yaml", new TextDecoder().decode(bytes));
    platform.stdout.write(text);
    return 0;
  }
  const counts = { changed: 0, unchanged: 0, failed: 0 };
  const onFile = (count: number) => progress.update(() => `Looking for manifests: ${count}`);
  const { named, found } = findFiles(paths.length === 0 ? ["."] : paths, platform, onFile);
  const urls = [...named, ...found];
  for (const [done, url] of urls.entries()) {
    progress.update(() => `Formatting files: ${done} of ${urls.length}`);
    const place = relativeTo(rendering.cwd, platform.toPath(url));
    try {
      const text = read(url, platform);
      if (!named.has(url) && !isManifest(url, text)) continue;
      const formatted = formatManifest(url, text);
      if (formatted === text) counts.unchanged++;
      else {
        if (!check) write(url, formatted, platform);
        counts.changed++;
        platform.stdout.write(`${place}\n`);
      }
    } catch (error) {
      if (!isDiglyError(error)) throw error;
      counts.failed++;
      platform.stderr.write(renderError(error, rendering) + "\n");
    }
  }
  progress.end();
  platform.stderr.write(summaryOf(counts, check));
  return counts.failed > 0 || (check && counts.changed > 0) ? 1 : 0;
}

function summaryOf(
  { changed, unchanged, failed }: { changed: number; unchanged: number; failed: number },
  check: boolean,
): string {
  const files = (count: number) => `${count} file${count === 1 ? "" : "s"}`;
  const invalid = failed === 0 ? "" : `, ${files(failed)} with errors`;
  const isAre = (count: number) => count === 1 ? "is" : "are";
  if (check && changed === 0) {
    return `${files(unchanged)} ${isAre(unchanged)} formatted${invalid}\n`;
  }
  if (check) {
    return `${files(changed)} ${isAre(changed)} not formatted, ${unchanged} ${
      isAre(unchanged)
    }${invalid}\nRun \`digly fmt\` to format them\n`;
  }
  return `${files(changed)} formatted, ${unchanged} unchanged${invalid}\n`;
}

/** URLs of the files that are named, and of the YAML files in the folders that are. */
function findFiles(
  paths: readonly string[],
  { files, toUrl, toPath }: Platform,
  onFile: (count: number) => void,
): { readonly named: ReadonlySet<string>; readonly found: ReadonlySet<string> } {
  const named = new Set<string>();
  const found = new Set<string>();
  const visited = new Set<string>();
  const walk = (folder: string) => {
    // A link may lead back to a folder above.
    const real = files.realUrl(folder);
    if (visited.has(real)) return;
    visited.add(real);
    for (const { name, kind } of files.list(folder)) {
      if (name.startsWith(".") || name === "node_modules") continue;
      const url = resolveLocation(`./${name}`, folder);
      if (kind === "directory") walk(`${url}/`);
      else if (kind === "file" && YAML.test(name)) {
        found.add(url);
        onFile(found.size);
      }
    }
  };
  for (const path of paths) {
    const url = toUrl(path);
    const kind = files.stat(url)?.kind;
    if (kind === "directory") walk(url.replace(/\/*$/, "/"));
    else if (kind === "file") named.add(url);
    else {
      const near = nearestBeside(url, files);
      throw fail("ERR_USAGE", {
        problem: kind === undefined
          ? `${toPath(url)} does not exist`
          : `"${path}" is neither a file nor a folder`,
      }, { help: near === undefined ? "Name a file or a folder" : `Did you mean "${near}"?` });
    }
  }
  return { named, found: new Set([...found].filter((url) => !named.has(url)).sort()) };
}

function read(url: string, { files, toPath }: Platform): string {
  let text: string | undefined;
  try {
    text = readTextFile(url, files, DEFAULT_LIMITS.fileBytes);
  } catch (error) {
    throw unusable(`${toPath(url)} cannot be read: ${messageOf(error)}`, error);
  }
  if (text === undefined) {
    throw unusable(`${toPath(url)} is larger than ${DEFAULT_LIMITS.fileBytes} bytes`);
  }
  return text;
}

function write(url: string, text: string, { files, toPath }: Platform): void {
  try {
    files.replace(url, text);
  } catch (error) {
    throw unusable(`${toPath(url)} cannot be written: ${messageOf(error)}`, error);
  }
}

function unusable(problem: string, cause?: unknown): DiglyError {
  return fail("ERR_MANIFEST_INVALID", { problem }, { cause });
}
