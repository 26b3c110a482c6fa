/** `digly completions`: what lets a shell complete the command line by Tab. */
import type { Command } from "commander";
import { bashScript } from "./bash.ts";
import { fishScript } from "./fish.ts";
import { type KnownProgram, modelOf } from "./model.ts";
import { powershellScript } from "./powershell.ts";
import type { Shell } from "./shells.ts";
import { zshScript } from "./zsh.ts";

const SCRIPTS: Readonly<Record<Shell, (program: KnownProgram) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
  powershell: powershellScript,
};

/** The script for `shell` to read. */
export function completions(program: Command, shell: Shell): string {
  return SCRIPTS[shell](modelOf(program));
}
