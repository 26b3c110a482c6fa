/** Completions for fish. */
import { flagsWithValue, type KnownOption, type KnownProgram, type Value } from "./model.ts";

/** The script that makes fish complete the program. */
export function fishScript(program: KnownProgram): string {
  const { name, commands, options } = program;
  const line = (at: string, rest: string) => `complete -c ${name} -n '__${name}_at ${at}' ${rest}`;
  const optionLine = (at: string, { flags, description, value }: KnownOption) =>
    line(
      at,
      [
        ...flags.map((flag) =>
          flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`
        ),
        ...(value === undefined ? [] : [valueOf(value.of)]),
        `-d ${quoted(description)}`,
      ].join(" "),
    );
  return `# Completions of ${name} for fish. Write them once:
#   ${name} completions fish > ~/.config/fish/completions/${name}.fish

# Prints the command that is typed and how many operands follow it.
function __${name}_place
    set -l command none
    set -l operands 0
    set -l skip no
    for word in (commandline -opc)[2..-1]
        if test $skip = yes
            set skip no
            continue
        end
        switch $word
            case ${flagsWithValue(program).join(" ")}
                set skip yes
            case '-*'
            case ${commands.map((command) => command.name).join(" ")}
                if test $command = none
                    set command $word
                else
                    set operands (math $operands + 1)
                end
            case '*'
                if test $command = none
                    set command run
                end
                set operands (math $operands + 1)
        end
    end
    echo $command
    echo $operands
end

# __${name}_at <command> [<operands>]
function __${name}_at
    set -l place (__${name}_place)
    test $place[1] = $argv[1]; or return 1
    test (count $argv) -lt 2; or test $place[2] = $argv[2]
end

complete -c ${name} -e
complete -c ${name} -f
${line("none", "-F")}
${
    commands.map((command) => line("none", `-a ${command.name} -d ${quoted(command.description)}`))
      .join("\n")
  }
${options.map((option) => optionLine("none", option)).join("\n")}
${
    commands.flatMap((command) => [
      ...command.operands.flatMap(({ of }, at) =>
        of === "free" ? [] : [
          line(
            `${command.name} ${at}`,
            of === "file" ? "-F" : `-a ${quoted(of.join(" "))}`,
          ),
        ]
      ),
      ...command.options.map((option) => optionLine(command.name, option)),
    ]).join("\n")
  }
`;
}

function valueOf(of: Value): string {
  if (of === "file") return "-r -F";
  return of === "free" ? "-x" : `-x -a ${quoted(of.join(" "))}`;
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}
