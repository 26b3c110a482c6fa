/** `digly expand`: prints every resource after templates and references; starts nothing. */
import type { CliHost, CommonOptions } from "./host.ts";
import { openSession } from "./session.ts";

/** The options of `expand`. */
export interface ExpandOptions extends CommonOptions {
  readonly format: "yaml" | "json";
}

/** Prints the resources of the app at `path`; resolves with the exit code. */
export async function expand(
  host: CliHost,
  path: string,
  options: ExpandOptions,
): Promise<number> {
  const { kernel, platform, report } = await openSession(host, options, {});
  try {
    await kernel.load(path);
  } catch (error) {
    report(error);
    return 1;
  }
  // JSON turns deferred expressions back into their source text.
  const plain = JSON.parse(JSON.stringify(kernel.redact(kernel.resources()))) as Resource[];
  const resources = plain.map(({ kind, metadata, ...fields }) => ({ kind, metadata, ...fields }));
  const { stdout } = platform;
  if (options.format === "json") {
    stdout.write(JSON.stringify(resources, undefined, stdout.isTerminal ? 2 : undefined) + "\n");
    return 0;
  }
  const { stringify } = await import("../observe/yaml.ts");
  stdout.write(
    resources.map((resource) => stringify(resource, { lineWidth: 0, aliasDuplicateObjects: false }))
      .join("---\n"),
  );
  return 0;
}

type Resource = Record<"kind" | "metadata", unknown> & Record<string, unknown>;
