/**
 * The scripts that `digly completions` prints. They pass the words of the command line to
 * `digly __complete` and hand its answer to the shell, so that they never go out of date.
 */
import type { Shell } from "./shells.ts";

/** bash 3.2, which macOS has, has no `compopt`: where nothing fits, it then offers files. */
const BASH = `# Completions of digly for bash. Put this into ~/.bashrc:
#   source <(digly completions bash)

_digly() {
  local words=("\${COMP_WORDS[@]:1:COMP_CWORD}") cur=\${COMP_WORDS[COMP_CWORD]} files='' line
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == :files ]]; then files=yes; else COMPREPLY+=("\${line%%$'\\t'*}"); fi
  done < <(digly __complete "\${words[@]//[\\\\\\"\\']/}" 2>/dev/null)
  if [[ -z $files ]]; then
    compopt +o default 2>/dev/null
  elif (( \${#COMPREPLY[@]} > 0 )); then
    compopt -o filenames 2>/dev/null
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$cur")
  fi
}

complete -o default -F _digly digly
`;

const ZSH = `#compdef digly
# Completions of digly for zsh. Write them once, into a folder of fpath:
#   digly completions zsh > ~/.zsh/completions/_digly
# or put this into ~/.zshrc, after compinit:
#   source <(digly completions zsh)

_digly() {
  local -a candidates
  local line word files=
  for line in \${(f)"$(digly __complete "\${(@Q)words[2,CURRENT]}" 2>/dev/null)"}; do
    if [[ $line == :files ]]; then
      files=yes
    else
      word=\${line%%$'\\t'*}
      candidates+=("\${word//:/\\\\:}\${\${line#$word}/$'\\t'/:}")
    fi
  done
  (( $#candidates > 0 )) && _describe -t values digly candidates
  if [[ -n $files ]]; then
    compset -P '--*='
    _files
  fi
}

if [[ $funcstack[1] == _digly ]]; then
  _digly "$@"
else
  compdef _digly digly
fi
`;

const FISH = `# Completions of digly for fish. Write them once:
#   digly completions fish > ~/.config/fish/completions/digly.fish

function __digly_complete
    set -l before (commandline -opc)
    set -l current (commandline -ct)
    for line in (digly __complete $before[2..-1] "$current" 2>/dev/null)
        if test "$line" = :files
            __fish_complete_path "$current"
        else
            echo $line
        end
    end
end

complete -c digly -e
complete -c digly -f -a '(__digly_complete)'
`;

/** Before 7.3, PowerShell drops empty arguments; quotes inside stand for one. */
const POWERSHELL =
  `# Completions of digly for PowerShell. Put this into the file that $PROFILE names:
#   digly completions powershell | Out-String | Invoke-Expression

Register-ArgumentCompleter -Native -CommandName 'digly' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |
        ForEach-Object { $_.ToString().Trim("'", '"') })
    $current = if ($wordToComplete -eq '') { '""' } else { $wordToComplete }
    # Where nothing is offered, PowerShell offers files.
    foreach ($line in @(& digly __complete @words $current 2>$null)) {
        if ($line -eq ':files') { continue }
        $word, $description = $line -split "\`t", 2
        if (-not $description) { $description = $word }
        $kind = if ($word.StartsWith('-')) { 'ParameterName' } else { 'ParameterValue' }
        [System.Management.Automation.CompletionResult]::new($word, $word, $kind, $description)
    }
}
`;

/** The script for each shell to read. */
export const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: BASH,
  zsh: ZSH,
  fish: FISH,
  powershell: POWERSHELL,
};
