/** What `--version --verbose` prints: everything a report of a mistake should say. */
import { type CliHost, versionOfApp } from "./host.ts";

/** A line for each: the program, its commit, the runtime, the machine. */
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
