/** An app that imports every built-in module, for commands that describe the built-in kinds. */
import type { Platform } from "../../contract/platform.ts";

/** The path of the manifest of {@link withBuiltinApp}. */
export const BUILTIN_APP = ".digly-builtin-kinds/runtime.yaml";

/** `platform` with an additional file, {@link BUILTIN_APP}, that imports the built-in `modules`. */
export function withBuiltinApp(platform: Platform, modules: readonly string[]): Platform {
  const { files } = platform;
  const url = platform.toUrl(BUILTIN_APP);
  const imports = modules.map((name) => `digly:${name}`);
  const bytes = new TextEncoder().encode(`name: App\nimports: ${JSON.stringify(imports)}\n`);
  return {
    ...platform,
    files: {
      ...files,
      stat: (at) => at === url ? { kind: "file", size: bytes.length } : files.stat(at),
      readBytes: (at, limit) => at === url ? bytes : files.readBytes(at, limit),
      realUrl: (at) => at === url ? url : files.realUrl(at),
    },
  };
}
