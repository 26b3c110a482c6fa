/** `digly bundle`: makes one executable of an app and its controllers. */
import type { BundledApp, CompileProblem } from "../contract/bundle.ts";
import { type DiglyError, fail } from "../contract/errors.ts";
import type { Platform } from "../contract/platform.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { dependsOnHost, findProblems, hasErrors, showText } from "./check.ts";
import type { CliHost, CommonOptions } from "./host.ts";
import { record } from "./recording.ts";

/** The options of `bundle`. */
export interface BundleOptions extends CommonOptions {
  /** Path of the executable; by default the name of the app, in the working directory. */
  readonly output?: string;
}

/** Makes an executable of the app at `path`; resolves with the exit code. */
export async function bundle(host: CliHost, path: string, options: BundleOptions): Promise<number> {
  const { platform } = host;
  // What is written on the command line is checked before any work.
  if (options.output !== undefined) outputUrl(options.output, platform);
  const compiler = await host.findCompiler(platform.toUrl(path));
  if (compiler === undefined) throw noCompiler();
  const recording = record(platform);
  let named: Pick<BundledApp, "name" | "version"> = { name: "app", version: undefined };
  const { findings, session } = await findProblems(host, path, options, {
    platform: { ...recording.platform, runtime: compiler.runtime },
    values: platform,
  }, (kernel) =>
    // The app's own manifest comes last.
    kernel.on("Module.Registered", (payload) => {
      const { module, version } = payload as { module: string; version: string | undefined };
      named = { name: module, version };
    }));
  const relevant = findings.filter(({ problem }) => !dependsOnHost(problem));
  if (relevant.length > 0) showText(relevant, session);
  if (hasErrors(relevant)) return 1;

  const outputPath = options.output ?? named.name + compiler.suffix;
  const output = outputUrl(outputPath, platform);
  const controllers = ownControllers(session.kernel);
  const manifests = recording.read();
  if ([...manifests, ...controllers].includes(output)) throw overwrites(outputPath);
  const unreadable = controllers.find((url) => url.includes("%5C"));
  if (unreadable !== undefined) throw hasBackslash(platform.toPath(unreadable));
  const placeOf = placesBelow(commonFolder([...manifests, ...controllers]));
  const problems = compiler.compile({
    app: {
      ...named,
      manifest: placeOf(manifests[0]!)!,
      allowHttp: options.allowHttp === true,
      limits: options.limit ?? {},
      files: recording.bundle(placeOf),
    },
    controllers: Object.fromEntries(controllers.map((url) => [placeOf(url)!, url])),
    output,
  });
  if (problems.length > 0) {
    const refusals = problems.map(cannotCompile);
    showText(refusals.map((problem) => ({ severity: "error", problem })), session);
    return 1;
  }
  platform.stderr.write(
    `Made ${outputPath} of ${counted(manifests.length, "manifest file")} and ` +
      `${counted(controllers.length, "controller")}\n`,
  );
  return 0;
}

/** The URL of the executable; refuses what cannot be written. */
function outputUrl(path: string, { files, toUrl }: Platform): string {
  const url = toUrl(path);
  if (files.stat(url)?.kind === "directory") {
    throw cannotWrite(`The output "${path}" is a folder`, `Name a file, such as -o ${path}/app`);
  }
  const folder = new URL(".", url).href;
  if (files.stat(folder)?.kind !== "directory") {
    throw cannotWrite(`The folder of the output "${path}" does not exist`, "Make it first");
  }
  return url;
}

/** Controllers of the app; the built-in ones are part of the program. */
function ownControllers(kernel: Kernel): string[] {
  return kernel.controllers().filter((url) => url.startsWith("file:"));
}

/** The innermost folder above all `urls`. */
function commonFolder(urls: readonly string[]): string {
  let folder = new URL(".", urls[0]).href;
  while (!urls.every((url) => url.startsWith(folder))) folder = new URL("..", folder).href;
  return folder;
}

/** Folders that were only looked at may lie above; nothing is read through them. */
function placesBelow(folder: string): (url: string) => string | undefined {
  return (url) => url.startsWith(folder) ? url.slice(folder.length).replace(/\/$/, "") : undefined;
}

function cannotWrite(problem: string, help: string): DiglyError {
  return fail("ERR_USAGE", { problem }, { help });
}

function overwrites(output: string): DiglyError {
  return cannotWrite(
    `The output "${output}" is a file of the app itself`,
    "Name another file, such as -o app",
  );
}

/** Bun takes a backslash in a path for a slash, so that it does not find what lies there. */
function hasBackslash(path: string): DiglyError {
  return fail("ERR_MODULE_INVALID", {
    problem: `The controller ${path} cannot be bundled: there is a backslash in its path`,
  }, { help: "Rename the folder or the file; Bun reads a backslash as a slash" });
}

function noCompiler(): DiglyError {
  return fail("ERR_USAGE", {
    problem: "digly bundle needs Bun, and found none beside the app or on the PATH",
  }, { help: "Use the single-file digly, which brings its own, or install bun" });
}

function cannotCompile({ message, file, line = 0, column = 0 }: CompileProblem): DiglyError {
  const [, wanted] = /^Could not resolve: "([^"]+)"/.exec(message) ?? [];
  const isPackage = wanted !== undefined && /^[@\w]/.test(wanted);
  return fail("ERR_MODULE_INVALID", {
    problem: wanted === undefined
      ? `A controller cannot be bundled: ${message}`
      : `A controller imports "${wanted}", which does not exist`,
  }, {
    ...(file === undefined ? {} : { origin: { file, line, column, length: 0, path: "" } }),
    help: isPackage
      ? "A bundle takes its packages along: install it beside the controller, then try again"
      : undefined,
  });
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
