/** Runs the tools of this clone. */
import { spawnSync } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** The folder of the project, with a slash at its end. */
export const root: string = fileURLToPath(new URL("../../", import.meta.url));

/** Runs a tool; where it fails, shows what it printed and ends the script. */
export function run(tool: string, args: readonly string[], cwd: string = root): void {
  const { status, stdout, stderr } = spawnSync(`${root}node_modules/.bin/${tool}`, args, {
    cwd,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (status === 0) return;
  console.error(`${tool} ${args.join(" ")}\n${stdout}${stderr}`);
  process.exit(1);
}
