/** `digly --version --verbose`: the facts that a bug report should include. */
import { type CliHost, versionOfApp } from "./host.ts";

/** Four lines: version, commit, runtime and platform. */
export async function about(host: CliHost): Promise<string> {
  const { app, version, machine } = host;
  const { name, version: runtime, nodeVersion } = host.platform.runtime;
  const compatible = name === "node" || nodeVersion === undefined
    ? ""
    : ` (compatible with node ${nodeVersion})`;
  return [
    app === undefined ? `digly ${version}` : versionOfApp(app, version),
    `commit ${await host.commit() ?? "unknown"}`,
    `runtime ${name} ${runtime}${compatible}`,
    `platform ${machine}`,
  ].join("\n") + "\n";
}
