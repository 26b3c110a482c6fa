/** Completions for bash, 3.2 and later, without any library of completions. */
import { flagsWithValue, type KnownProgram, type Value } from "./model.ts";

/** The script that makes bash complete the program. */
export function bashScript(program: KnownProgram): string {
  const { name, commands, options } = program;
  const names = commands.map((command) => command.name);
  const values = commands.flatMap((command) =>
    command.options.flatMap(({ flags, value }) =>
      value === undefined
        ? []
        : flags.map((flag) => `    '${command.name} ${flag}') ${offer(value.of)}; return ;;`)
    )
  );
  const operands = commands.flatMap((command) =>
    command.operands.filter(({ of }) => of !== "free").map(({ of }) =>
      `    '${command.name} ${command.operands.findIndex((one) => one.of === of)}') ${offer(of)} ;;`
    )
  );
  const flagsOf = (list: typeof options) => list.flatMap(({ flags }) => flags).join(" ");
  return `# Completions of ${name} for bash. Put this into ~/.bashrc:
#   source <(${name} completions bash)

_${name}_words() {
  local word
  while IFS= read -r word; do COMPREPLY+=("$prefix$word"); done < <(compgen -W "$1" -- "$cur")
}

_${name}_files() {
  local file
  compopt -o filenames 2>/dev/null
  while IFS= read -r file; do COMPREPLY+=("$prefix$file"); done < <(compgen -f -- "$cur")
}

_${name}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]}
  local command='' operands=0 prefix='' word i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    case $word in
      ${flagsWithValue(program).join(" | ")})
        ((i++))
        if [[ \${COMP_WORDS[i]} == '=' ]]; then ((i++)); fi
        ;;
      -* | '=') ;;
      ${names.join(" | ")})
        if [[ -z $command ]]; then command=$word; else ((operands++)); fi
        ;;
      *)
        command=\${command:-run}
        ((operands++))
        ;;
    esac
  done
  # --format=json comes as three words, or as one where COMP_WORDBREAKS has no equals sign.
  if [[ $cur == '=' ]]; then
    cur=''
  elif [[ $prev == '=' ]]; then
    prev=\${COMP_WORDS[COMP_CWORD-2]}
  elif [[ $cur == --*=* ]]; then
    prev=\${cur%%=*}
    prefix=$prev=
    cur=\${cur#*=}
  fi
  case "\${command:-run} $prev" in
${values.join("\n")}
  esac
  if [[ $cur == -* ]]; then
    case $command in
      '') _${name}_words '${flagsOf(options)}' ;;
${
    commands.map(({ name: command, options }) =>
      `      ${command}) _${name}_words '${flagsOf(options)}' ;;`
    ).join("\n")
  }
    esac
    return
  fi
  if [[ -z $command ]]; then
    _${name}_words '${names.join(" ")}'
    _${name}_files
    return
  fi
  case "$command $operands" in
${operands.join("\n")}
  esac
}

complete -F _${name} ${name}
`;

  function offer(of: Value): string {
    if (of === "file") return `_${name}_files`;
    return of === "free" ? ":" : `_${name}_words '${of.join(" ")}'`;
  }
}
