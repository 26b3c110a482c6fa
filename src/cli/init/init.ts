/** `digly init`: writes an app, or a module, to begin with. */
import { fail, messageOf } from "../../contract/errors.ts";
import type { CliHost } from "../host.ts";
import { appFiles } from "./app_files.ts";
import { moduleFiles } from "./module_files.ts";
import { moduleName, packageName } from "./names.ts";

/** The options of `init`. */
export interface InitOptions {
  readonly module?: boolean;
}

/** Writes into the folder at `path`; resolves with the exit code. Nothing is overwritten. */
export function init(
  { platform, version }: CliHost,
  path: string,
  { module = false }: InitOptions,
): number {
  const { files, stdout, toUrl } = platform;
  const folder = toUrl(path).replace(/\/*$/, "/");
  if (files.stat(folder.slice(0, -1))?.kind === "file") {
    throw fail("ERR_USAGE", { problem: `"${path}" is a file` }, {
      help: "Name a folder; it is made where there is none",
    });
  }
  const called = decodeURIComponent(folder).split("/").at(-2) ?? "";
  const texts = module
    ? moduleFiles({
      name: moduleName(called, "MyModule"),
      packageName: packageName(called, "my-module"),
      version,
    })
    : appFiles(moduleName(called, "MyApp"));
  const places = Object.keys(texts).map((name) => ({ name, url: folder + name }));
  const taken = places.filter(({ url }) => files.stat(url) !== undefined).map(({ name }) => name);
  if (taken.length > 0) {
    throw fail("ERR_USAGE", {
      problem: `"${path}" has ${taken.join(", ")} already, and nothing is overwritten`,
    }, { help: "Name another folder, or remove what you do not need" });
  }
  for (const { name, url } of places) {
    try {
      files.replace(url, texts[name]!);
    } catch (error) {
      throw fail("ERR_USAGE", {
        problem: `"${shown(path, name)}" cannot be written: ${messageOf(error)}`,
      }, { cause: error });
    }
  }
  const wrote = places.map(({ name }) => `Wrote ${shown(path, name)}\n`).join("");
  stdout.write(`${wrote}\n${module ? moduleSteps(path, called) : appSteps(path)}`);
  return 0;
}

function appSteps(path: string): string {
  return `Run it, and open http://127.0.0.1:8080/?name=Ada in a browser:

  digly ${quoted(asOperand(path))}

Find mistakes without starting it:

  digly check ${quoted(asOperand(path))}
`;
}

function moduleSteps(path: string, called: string): string {
  const urn = `${moduleName(called, "MyModule")}.Greeting.Hello`;
  return `Execute a resource of its kind:

  digly exec ${quoted(shown(path, "example"))} ${urn} --input '"Ada"'

Test it:

  ${path === "." ? "" : `cd ${quoted(path)}; `}npm install; npm test
`;
}

/** The path of a file in the folder, as the user would write it. */
function shown(path: string, name: string): string {
  const folder = path.replace(/[\\/]+$/, "");
  return folder === "." ? name : `${folder}/${name}`;
}

/** A folder that no command is mistaken for. */
function asOperand(path: string): string {
  return /[./\\]/.test(path) ? path : `./${path}`;
}

function quoted(text: string): string {
  return /^[\w./@:\\+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
