/** `digly init`: creates a starter app or module. */
import { fail, messageOf } from "../../contract/errors.ts";
import type { CliHost } from "../host.ts";
import { appFiles } from "./app_files.ts";
import { moduleFiles } from "./module_files.ts";
import { moduleName, packageName } from "./names.ts";

/** The options of `init`. */
export interface InitOptions {
  readonly module?: boolean;
}

/** Creates the files in the folder at `path`, never overwriting any; returns the exit code. */
export function init(
  { platform, version }: CliHost,
  path: string,
  { module = false }: InitOptions,
): number {
  const { files, stdout, toUrl } = platform;
  const folder = toUrl(path).replace(/\/*$/, "/");
  if (files.stat(folder.slice(0, -1))?.kind === "file") {
    throw fail("ERR_USAGE", { problem: `"${path}" is a file` }, {
      help: "Pass the path of a folder; it is created if missing",
    });
  }
  const folderName = decodeURIComponent(folder).split("/").at(-2) ?? "";
  const texts = module
    ? moduleFiles({
      name: moduleName(folderName, "MyModule"),
      packageName: packageName(folderName, "my-module"),
      version,
    })
    : appFiles(moduleName(folderName, "MyApp"));
  const places = Object.keys(texts).map((name) => ({ name, url: folder + name }));
  const taken = places.filter(({ url }) => files.stat(url) !== undefined).map(({ name }) => name);
  if (taken.length > 0) {
    throw fail("ERR_USAGE", {
      problem: `"${path}" already contains ${taken.join(", ")}, and files are not overwritten`,
    }, { help: "Use another folder, or remove these files" });
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
  stdout.write(`${wrote}\n${module ? moduleSteps(path, folderName) : appSteps(path)}`);
  return 0;
}

function appSteps(path: string): string {
  return `Run it and open http://127.0.0.1:8080/?name=Ada in a browser:

  digly ${quoted(asOperand(path))}

Check it without starting it:

  digly check ${quoted(asOperand(path))}
`;
}

function moduleSteps(path: string, folderName: string): string {
  const urn = `${moduleName(folderName, "MyModule")}.Greeting.Hello`;
  return `Execute the example resource:

  digly exec ${quoted(shown(path, "example"))} ${urn} --input '"Ada"'

Test it:

  digly test ${quoted(asOperand(path))}
`;
}

/** The path of a file in the folder as the user would type it. */
function shown(path: string, name: string): string {
  const folder = path.replace(/[\\/]+$/, "");
  return folder === "." ? name : `${folder}/${name}`;
}

/** The path of a folder in a form that is not mistaken for a command. */
function asOperand(path: string): string {
  return /[./\\]/.test(path) ? path : `./${path}`;
}

function quoted(text: string): string {
  return /^[\w./@:\\+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
