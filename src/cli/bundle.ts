/** `digly bundle`: builds one executable from an app and its controllers. */
import type { BundledApp, CompileProblem } from "../contract/bundle.ts";
import { isWebAssembly, MOST_WASM_BYTES } from "../contract/code.ts";
import { type DiglyError, fail } from "../contract/errors.ts";
import type { Platform } from "../contract/platform.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { dependsOnHost, findProblems, hasErrors, showText } from "./check.ts";
import type { CliHost, CommonOptions } from "./host.ts";
import { record } from "../bundle/recording.ts";

/** The options of `bundle`. */
export interface BundleOptions extends CommonOptions {
  /** Path of the executable; by default the name of the app, in the working directory. */
  readonly output?: string;
}

/** Builds an executable of the app at `path`; resolves with the exit code. */
export async function bundle(host: CliHost, path: string, options: BundleOptions): Promise<number> {
  const { platform } = host;
  // Usage errors are reported before any work starts.
  if (options.output !== undefined) outputUrl(options.output, platform);
  const compiler = await host.findCompiler(platform.toUrl(path));
  if (compiler === undefined) throw noCompiler();
  const recording = record(platform);
  let identity: Pick<BundledApp, "name" | "version"> = { name: "app", version: undefined };
  const { findings, session } = await findProblems(host, path, options, {
    platform: { ...recording.platform, runtime: compiler.runtime },
    values: platform,
  }, (kernel) =>
    // The app's own manifest comes last.
    kernel.on("Module.Registered", (payload) => {
      const { module, version } = payload as { module: string; version: string | undefined };
      identity = { name: module, version };
    }));
  const relevant = findings.filter(({ problem }) => !dependsOnHost(problem));
  if (relevant.length > 0) showText(relevant, session);
  if (hasErrors(relevant)) return 1;

  const outputPath = options.output ?? identity.name + compiler.suffix;
  const output = outputUrl(outputPath, platform);
  const [wasm, controllers] = ownControllers(session.kernel);
  const manifests = recording.read().filter((url) => !wasm.includes(url));
  session.kernel.readDataFiles();
  for (const url of wasm) recording.platform.files.readBytes(url, MOST_WASM_BYTES);
  const files = [...recording.read(), ...controllers];
  if (files.includes(output)) throw overwrites(outputPath);
  const unreadable = controllers.find((url) => url.includes("%5C"));
  if (unreadable !== undefined) throw hasBackslash(platform.toPath(unreadable));
  const pathOf = pathsBelow(commonFolder(files));
  session.progress.show("Building the executable");
  // The folder contains all of these files, and the app's own manifest was read first.
  const pathOfFile = (url: string | undefined) => pathOf(url!)!;
  const problems = compiler.compile({
    app: {
      ...identity,
      manifest: pathOfFile(manifests[0]),
      allowHttp: options.allowHttp === true,
      limits: options.limit ?? {},
      files: recording.bundle(pathOf),
    },
    controllers: Object.fromEntries(controllers.map((url) => [pathOfFile(url), url])),
    output,
  });
  session.progress.end();
  const [reason] = problems.flatMap(({ message }) => UNWRITABLE.exec(message)?.slice(1) ?? []);
  if (reason !== undefined) {
    throw cannotWrite(
      `The output "${outputPath}" cannot be written: ${reason}`,
      "Choose a folder that you may write to",
    );
  }
  if (problems.length > 0) {
    const refusals = problems.map(cannotCompile);
    showText(refusals.map((problem) => ({ severity: "error", problem })), session);
    return 1;
  }
  platform.stderr.write(
    `Made ${outputPath} of ${countOf(manifests.length, "manifest file")} and ` +
      `${countOf(wasm.length + controllers.length, "controller")}\n`,
  );
  return 0;
}

/** How Bun reports that it cannot put the finished executable in its place. */
const UNWRITABLE = /^failed to rename .+: (E[A-Z]+)/;

/** The URL of the executable. Throws `ERR_USAGE` if it cannot be written. */
function outputUrl(path: string, { files, toUrl }: Platform): string {
  const url = toUrl(path);
  if (files.stat(url)?.kind === "directory") {
    throw cannotWrite(
      `The output "${path}" is a folder`,
      `Choose a file name, such as -o ${path}/app`,
    );
  }
  const folder = new URL(".", url).href;
  if (files.stat(folder)?.kind !== "directory") {
    throw cannotWrite(
      `The folder of the output "${path}" does not exist`,
      "Create the folder first",
    );
  }
  return url;
}

/**
 * The URLs of the app's own controllers, those in WebAssembly and the others; the built-in ones are
 * part of the program.
 */
function ownControllers(kernel: Kernel): readonly [wasm: string[], others: string[]] {
  const own = kernel.controllers().filter((url) => url.startsWith("file:"));
  return [own.filter(isWebAssembly), own.filter((url) => !isWebAssembly(url))];
}

/** The deepest folder that contains all `urls`. */
function commonFolder(urls: readonly string[]): string {
  let folder = new URL(".", urls[0]).href;
  while (!urls.every((url) => url.startsWith(folder))) folder = new URL("..", folder).href;
  return folder;
}

/** The path of a URL below `folder`; `undefined` outside, where only folders were checked. */
function pathsBelow(folder: string): (url: string) => string | undefined {
  return (url) => url.startsWith(folder) ? url.slice(folder.length).replace(/\/$/, "") : undefined;
}

function cannotWrite(problem: string, help: string): DiglyError {
  return fail("ERR_USAGE", { problem }, { help });
}

function overwrites(output: string): DiglyError {
  return cannotWrite(
    `The output "${output}" is one of the app's own files`,
    "Choose another file, such as -o app",
  );
}

/** Bun reads a backslash in a path as a slash and would not find the file. */
function hasBackslash(path: string): DiglyError {
  return fail("ERR_MODULE_INVALID", {
    problem: `The controller ${path} cannot be bundled because its path contains a backslash`,
  }, { help: "Rename the folder or the file; Bun reads a backslash as a slash" });
}

function noCompiler(): DiglyError {
  return fail("ERR_USAGE", {
    problem: "digly bundle needs Bun, which was not found near the app or on the PATH",
  }, { help: "Install Bun, or use the digly executable, which includes it" });
}

function cannotCompile({ message, file, line = 0, column = 0 }: CompileProblem): DiglyError {
  const [, specifier] = /^Could not resolve: "([^"]+)"/.exec(message) ?? [];
  const isPackage = specifier !== undefined && /^[@\w]/.test(specifier);
  return fail("ERR_MODULE_INVALID", {
    problem: specifier === undefined
      ? `A controller cannot be bundled: ${message}`
      : `A controller imports "${specifier}", which does not exist`,
  }, {
    ...(file === undefined ? {} : { origin: { file, line, column, length: 0, path: "" } }),
    help: isPackage
      ? "Packages become part of the bundle: install it next to the controller, then try again"
      : undefined,
  });
}

function countOf(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
