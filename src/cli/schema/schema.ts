/** `digly schema`: writes the JSON Schema of an app's manifests, for editors. */
import { fail, messageOf } from "../../contract/errors.ts";
import type { CliHost, CommonOptions } from "../host.ts";
import { loadKinds } from "../kinds/load_kinds.ts";
import { appSchema } from "./app_schema.ts";

/** The options of `schema`. */
export interface SchemaOptions extends CommonOptions {
  /** The file to write; standard output unless set. */
  readonly output?: string;
}

/** Writes the schema of the app at `path` and of test cases; resolves with the exit code. */
export async function schema(
  host: CliHost,
  path: string,
  options: SchemaOptions,
): Promise<number> {
  const loaded = await loadKinds(host, path, options);
  if (loaded === undefined) return 1;
  // Test cases are beside the app, which does not import their kind.
  const tests = await loadKinds(host, undefined, options, ["test"]);
  const own = new Set(loaded.kinds.map(({ kind }) => kind));
  const kinds = [...loaded.kinds, ...tests?.kinds.filter(({ kind }) => !own.has(kind)) ?? []];
  const { files, stdout, stderr, toUrl } = host.platform;
  const text = JSON.stringify(appSchema(kinds), undefined, 2) + "\n";
  if (options.output === undefined) stdout.write(text);
  else {
    try {
      files.replace(toUrl(options.output), text);
    } catch (error) {
      throw fail("ERR_USAGE", {
        problem: `"${options.output}" cannot be written: ${messageOf(error)}`,
      }, { cause: error });
    }
    stderr.write(
      `Wrote ${options.output}. Begin each manifest with this line, with the path relative to it:\n` +
        `# yaml-language-server: $schema=${options.output}\n`,
    );
  }
  return loaded.errors.length > 0 ? 1 : 0;
}
