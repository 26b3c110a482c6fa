/** Writes recorded executions as tests into the folder of the app. */
import type { Files, Platform } from "../contract/platform.ts";
import { resolveLocation } from "../contract/location.ts";
import type { SavedTest, SaveTestRequest } from "./api.ts";
import { RequestProblem } from "./errors.ts";
import type { Places } from "./places.ts";
import type { Recording } from "./recording.ts";
import { makeTest } from "./save_test.ts";

/** More files of one name than these are a mistake. */
const MOST_OF_A_NAME = 1_000;

/** Where tests are written. */
export interface TestFolder {
  /** The URL of the app's `runtime.yaml`. */
  readonly manifest: string;
  readonly platform: Pick<Platform, "files" | "toPath">;
  readonly places: Places;
}

/** Makes a test case of a recorded execution and, unless only asked to show it, writes it. */
export async function saveTest(
  recording: Recording,
  request: SaveTestRequest,
  { manifest, platform, places }: TestFolder,
): Promise<SavedTest> {
  const { files, toPath } = platform;
  const { file, preview = false } = request;
  const isLocal = manifest.startsWith("file:");
  const folder = new URL(".", manifest).href;
  const chosen = file === undefined ? undefined : urlWithin(folder, file);
  const { name, yaml } = await makeTest(recording, request, pathFrom(chosen ?? folder, manifest));
  if (preview) {
    return { name, fileName: file ?? nameWithoutFile(folder, name, isLocal, files), yaml };
  }
  if (!isLocal) {
    throw new RequestProblem(
      409,
      "NOT_WRITABLE",
      "The app has no folder on this machine to write a test into",
      "Send preview: true, and save the YAML next to the source of the app",
    );
  }
  const fileName = file ?? nameWithoutFile(folder, name, isLocal, files);
  const url = urlWithin(folder, fileName);
  if (!isReallyWithin(folder, url, files)) throw outside(fileName);
  if (files.stat(url) !== undefined) {
    throw new RequestProblem(
      409,
      "FILE_EXISTS",
      `${fileName} exists already`,
      "Choose another name",
    );
  }
  try {
    files.replace(url, yaml);
  } catch (error) {
    throw new RequestProblem(
      409,
      "NOT_WRITABLE",
      `${fileName} cannot be written: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  return { name, fileName, yaml, path: places.file(toPath(url)) };
}

/** A name that no file has: `greets_ada.test.yaml`, `greets_ada_2.test.yaml` and so on. */
function nameWithoutFile(folder: string, name: string, isLocal: boolean, files: Files): string {
  const base = name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase();
  for (let count = 1; count <= MOST_OF_A_NAME; count++) {
    const fileName = `${base}${count === 1 ? "" : `_${count}`}.test.yaml`;
    if (!isLocal || files.stat(new URL(fileName, folder).href) === undefined) return fileName;
  }
  throw new RequestProblem(
    409,
    "FILE_EXISTS",
    `There are too many files named ${base}_….test.yaml`,
    "Choose another name",
  );
}

function urlWithin(folder: string, path: string): string {
  if (/^[a-z][a-z0-9+.-]*:/i.test(path) || path.includes("\\") || path.includes("\0")) {
    throw outside(path);
  }
  const url = resolveLocation(path, folder);
  if (!url.startsWith(folder)) throw outside(path);
  return url;
}

/** False if a symbolic link leads out of the folder. */
function isReallyWithin(folder: string, url: string, files: Files): boolean {
  let above = new URL(".", url).href;
  while (above.length > folder.length && files.stat(above) === undefined) {
    above = new URL("..", above).href;
  }
  return files.realUrl(above).startsWith(files.realUrl(folder));
}

function outside(path: string): RequestProblem {
  return new RequestProblem(
    400,
    "OUTSIDE_APP",
    `${path.slice(0, 200)} is not in the folder of the app`,
    "Tests are written next to runtime.yaml, or in a folder below it",
  );
}

/** The path of the manifest from a file in its folder. */
function pathFrom(file: string, manifest: string): string {
  const folder = new URL(".", manifest).href;
  const depth = file.slice(folder.length).split("/").length - 1;
  const name = decodeURIComponent(manifest.slice(folder.length));
  return `${depth === 0 ? "./" : "../".repeat(depth)}${name}`;
}
