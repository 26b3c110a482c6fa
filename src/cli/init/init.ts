/** `digly init`: creates a starter app or module. */
import { fail, messageOf } from "../../contract/errors.ts";
import type { CliHost } from "../host.ts";
import { appFiles } from "./app_files.ts";
import { moduleFiles } from "./module_files.ts";
import { RUST_BUILD } from "./rust_files.ts";
import { moduleName, packageName } from "./names.ts";
import { pipelineFiles, toolsFiles, workerFiles } from "./template_files.ts";
import type { Language, Template } from "./templates.ts";

/** The options of `init`. */
export interface InitOptions {
  readonly module?: boolean;
  readonly template?: Template;
  /** The language of the controller of a module. */
  readonly language?: Language;
}

/** What makes the files of each template, and what to try with them. */
const APPS: Readonly<
  Record<Template, { files: typeof appFiles; steps: (path: string) => string }>
> = {
  api: { files: appFiles, steps: apiSteps },
  worker: {
    files: workerFiles,
    steps: (path) => `Run it; a job is done every minute:\n\n  digly ${path}\n`,
  },
  pipeline: {
    files: pipelineFiles,
    steps: (path) =>
      "Run the pipeline:\n\n" +
      `  digly exec ${path} Pipeline.Job.Order --input '{"customer": "Ada", "items": ["book"]}'\n`,
  },
  tools: {
    files: toolsFiles,
    steps: (path) =>
      `Execute a tool:\n\n  digly exec ${path} JavaScript.Script.Roll --input '{"sides": 6}'\n`,
  },
};

/** How to build the controllers in languages that are compiled. */
const BUILDS: Partial<Record<Language, string>> = {
  rust: RUST_BUILD,
  assemblyscript: "npm install && npm run build",
};

/** Creates the files in the folder at `path`, never overwriting any; returns the exit code. */
export function init(
  { platform, version }: CliHost,
  path: string,
  { module = false, template, language }: InitOptions,
): number {
  const { files, stdout, toUrl } = platform;
  if (module && template !== undefined) {
    throw fail("ERR_USAGE", { problem: "--module and --template cannot be combined" }, {
      help: "A template is an app; leave one of them out",
    });
  }
  if (!module && language !== undefined) {
    throw fail("ERR_USAGE", { problem: "--language is for modules" }, {
      help: `Add --module: digly init --module --language ${language}`,
    });
  }
  const app = APPS[template ?? "api"];
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
    }, language ?? "typescript")
    : app.files(moduleName(folderName, "MyApp"));
  const places = Object.entries(texts).map(([name, text]) => ({ name, url: folder + name, text }));
  const taken = places.filter(({ url }) => files.stat(url) !== undefined).map(({ name }) => name);
  if (taken.length > 0) {
    throw fail("ERR_USAGE", {
      problem: `"${path}" already contains ${taken.join(", ")}, and files are not overwritten`,
    }, { help: "Use another folder, or remove these files" });
  }
  for (const { name, url, text } of places) {
    try {
      files.replace(url, text);
    } catch (error) {
      throw fail("ERR_USAGE", {
        problem: `"${shown(path, name)}" cannot be written: ${messageOf(error)}`,
      }, { cause: error });
    }
  }
  const wrote = places.map(({ name }) => `Wrote ${shown(path, name)}\n`).join("");
  stdout.write(
    `${wrote}\n${
      module
        ? moduleSteps(path, folderName, language)
        : app.steps(quoted(asOperand(path))) + testSteps(path)
    }`,
  );
  return 0;
}

function apiSteps(path: string): string {
  return `Run it and open http://127.0.0.1:8080/?name=Ada in a browser:

  digly ${path}
`;
}

function testSteps(path: string): string {
  return `
Check it without starting it, and test it:

  digly check ${quoted(asOperand(path))}
  digly test ${quoted(asOperand(path))}
`;
}

function moduleSteps(path: string, folderName: string, language: Language | undefined): string {
  const build = BUILDS[language ?? "typescript"];
  const urn = `${moduleName(folderName, "MyModule")}.Greeting.Hello`;
  const folder = quoted(path);
  const first = build === undefined
    ? ""
    : `Build the controller:\n\n  ${folder === "." ? "" : `cd ${folder} && `}${build}\n\n`;
  return `${first}Execute the example resource:

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
