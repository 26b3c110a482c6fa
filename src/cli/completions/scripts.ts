/**
 * The scripts that `digly completions` prints. They delegate to `digly __complete`, so they never
 * go out of date.
 */
import type { Shell } from "./shells.ts";

/** bash 3.2, the version on macOS, has no `compopt` and falls back to file names. */
const BASH = `# Completions of digly for bash. Add this to ~/.bashrc:
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
# Completions of digly for zsh. Save them once in a folder of fpath:
#   digly completions zsh > ~/.zsh/completions/_digly
# or add this to ~/.zshrc, after compinit:
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

const FISH = `# Completions of digly for fish. Save them once:
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

/** PowerShell before 7.3 drops empty arguments, so quotes represent one. */
const POWERSHELL = `# Completions of digly for PowerShell. Add this to your $PROFILE:
#   digly completions powershell | Out-String | Invoke-Expression

Register-ArgumentCompleter -Native -CommandName 'digly' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |
        ForEach-Object { $_.ToString().Trim("'", '"') })
    $current = if ($wordToComplete -eq '') { '""' } else { $wordToComplete }
    # PowerShell completes file names by itself if there are no results.
    foreach ($line in @(& digly __complete @words $current 2>$null)) {
        if ($line -eq ':files') { continue }
        $word, $description = $line -split "\`t", 2
        if (-not $description) { $description = $word }
        $kind = if ($word.StartsWith('-')) { 'ParameterName' } else { 'ParameterValue' }
        [System.Management.Automation.CompletionResult]::new($word, $word, $kind, $description)
    }
}
`;

/** The script for each shell. */
export const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: BASH,
  zsh: ZSH,
  fish: FISH,
  powershell: POWERSHELL,
};
