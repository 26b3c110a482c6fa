/** What comes of an app: its resources, or its errors as people see them. */
import { stringify } from "yaml";
import { renderError, renderWarning } from "../../src/cli/report.ts";
import { isDiglyError } from "../../src/contract/errors.ts";
import { Kernel } from "../../src/kernel/kernel.ts";
import { embedded } from "../../src/generated/embedded.ts";
import { memoryPlatform } from "../../src/platform/memory.ts";
import { collect } from "./documents.ts";

/** What to show of an app without mistakes; resources are shown but for templates. */
export type Shown = "resources" | "events" | "lineage";

/** Resources as registered and resolved, or warnings and errors, of the app in `/app`. */
export async function outcome(
  files: Readonly<Record<string, string>>,
  shows: Shown = "resources",
): Promise<string> {
  const platform = memoryPlatform({
    files,
    env: { STAGE: "prod", PORT: "9000" },
    cwd: "/app",
  });
  const diagnostics = collect();
  const showsEvents = shows === "events";
  const kernel = new Kernel({
    platform,
    builtins: embedded,
    ...(showsEvents ? {} : { diagnostics, checking: true }),
  });
  const events: string[] = [];
  kernel.on("*", (_, { event, resource, module }) => {
    events.push([event, resource ?? module].filter(Boolean).join(" "));
  });
  const rendering = { color: false, verbose: false, cwd: platform.toPath(platform.cwd()) };
  try {
    await kernel.load("runtime.yaml");
    if (showsEvents) {
      await kernel.start();
      await kernel.stop();
      return events.join("\n") + "\n";
    }
    await kernel.verify();
  } catch (error) {
    if (!isDiglyError(error)) throw error;
    diagnostics.error(error);
    if (showsEvents) return [...events, ""].join("\n") + renderError(error, rendering);
  }
  const told = [
    ...diagnostics.warnings.map((warning) => renderWarning(warning, rendering)),
    ...diagnostics.errors.map((error) => renderError(error, rendering)),
  ];
  if (diagnostics.errors.length > 0) return told.join("\n");
  if (shows === "lineage") {
    return kernel.resources().map(({ kind, metadata: { name, uri, generationDepth } }) =>
      `${kind}.${name}\n  depth ${generationDepth}, ${uri}\n`
    ).join("");
  }
  const shown = kernel.resources().filter(({ kind }) => kind !== "TemplateDefinition");
  const resources = kernel.redact(shown).map(({ kind, metadata, ...fields }) => {
    const { uri: _uri, generationDepth: _depth, ...written } = metadata;
    return { kind, metadata: written, ...fields };
  });
  const text = resources.map((one) => stringify(JSON.parse(JSON.stringify(one)))).join("---\n");
  return [...told, text].join("\n");
}
