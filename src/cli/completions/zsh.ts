/** Completions for zsh. */
import type { KnownCommand, KnownOption, KnownProgram, Value } from "./model.ts";

/** The script that makes zsh complete the program. */
export function zshScript({ name, commands, options }: KnownProgram): string {
  return `#compdef ${name}
# Completions of ${name} for zsh. Write them once, into a folder of fpath:
#   ${name} completions zsh > ~/.zsh/completions/_${name}
# or put this into ~/.zshrc, after compinit:
#   source <(${name} completions zsh)

_${name}_first() {
  local -a commands=(
${
    commands.map((command) =>
      `    ${quoted(`${command.name}:${command.description.replaceAll(":", "\\:")}`)}`
    ).join("\n")
  }
  )
  _describe -t commands command commands
  _files
}

_${name}() {
  local curcontext=$curcontext state line
  typeset -A opt_args
  _arguments -C \\
${options.flatMap(optionSpecs).map((spec) => `    ${spec} \\`).join("\n")}
    '1: :_${name}_first' \\
    '*:: :->rest'
  [[ $state == rest ]] || return
  case $line[1] in
${commands.map(branch).join("\n")}
    *)
      # What is no command is the path of an app to run.
      _arguments \\
${
    commands.find((command) => command.name === "run")!.options.flatMap(optionSpecs)
      .map((spec) => `        ${spec}`).join(" \\\n")
  }
      ;;
  esac
}

if [[ $funcstack[1] == _${name} ]]; then
  _${name} "$@"
else
  compdef _${name} ${name}
fi
`;
}

function branch({ name, options, operands }: KnownCommand): string {
  const specs = [
    ...options.flatMap(optionSpecs),
    ...operands.map(({ name, of }, at) => quoted(`${at + 1}:${escaped(name)}:${action(of)}`)),
  ];
  return `    ${name})
      _arguments \\
${specs.map((spec) => `        ${spec}`).join(" \\\n")}
      ;;`;
}

function optionSpecs({ flags, description, value, repeatable }: KnownOption): string[] {
  return flags.map((flag) => {
    const before = repeatable ? "*" : `(${flags.join(" ")})`;
    const typed = value !== undefined && flag.startsWith("--") ? `${flag}=` : flag;
    const after = value === undefined ? "" : `:${escaped(value.name)}:${action(value.of)}`;
    return quoted(`${before}${typed}[${escaped(description)}]${after}`);
  });
}

function action(of: Value): string {
  if (of === "file") return "_files";
  return of === "free" ? " " : `(${of.join(" ")})`;
}

function escaped(text: string): string {
  return text.replace(/[\\:[\]]/g, "\\$&");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
