/** Completions for PowerShell, 5.1 and later. */
import { flagsWithValue, type KnownOption, type KnownProgram, type Value } from "./model.ts";

/** The script that makes PowerShell complete the program. */
export function powershellScript(program: KnownProgram): string {
  const { name, commands, options } = program;
  return `# Completions of ${name} for PowerShell. Put this into the file that $PROFILE names:
#   ${name} completions powershell | Out-String | Invoke-Expression

Register-ArgumentCompleter -Native -CommandName '${name}' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    # Where nothing is offered, PowerShell offers files.
    $commands = [ordered]@{
${
    commands.map((command) =>
      `        ${quoted(command.name)} = @{
            Description = ${quoted(command.description)}
            Operands = @(${
        command.operands.map(({ of }) => `@{ Words = ${wordsOf(of)} }`).join(", ")
      })
            Options = ${optionTable(command.options)}
        }`
    ).join("\n")
  }
    }
    $programOptions = ${optionTable(options)}
    $takeValue = @(${flagsWithValue(program).map(quoted).join(", ")})

    $typed = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |
        ForEach-Object { $_.ToString() })
    $command = ''
    $operands = 0
    $previous = ''
    foreach ($word in $typed) {
        if ($takeValue -ccontains $previous) { $previous = ''; continue }
        $previous = $word
        if ($word.StartsWith('-')) { continue }
        if ($command -ne '') { $operands++ }
        elseif ($commands.Contains($word)) { $command = $word }
        else { $command = 'run'; $operands++ }
    }
    $known = if ($command -eq '') { $programOptions } else { $commands[$command].Options }

    $offers = [ordered]@{}
    if ($takeValue -ccontains $previous) {
        foreach ($word in $known[$previous].Words) { $offers[$word] = $word }
    } elseif ($wordToComplete.StartsWith('-')) {
        foreach ($flag in $known.Keys) { $offers[$flag] = $known[$flag].Description }
    } elseif ($command -eq '') {
        foreach ($one in $commands.Keys) { $offers[$one] = $commands[$one].Description }
    } elseif ($operands -lt $commands[$command].Operands.Count) {
        foreach ($word in $commands[$command].Operands[$operands].Words) { $offers[$word] = $word }
    }
    foreach ($offer in @($offers.Keys)) {
        if ($offer.StartsWith($wordToComplete)) {
            $kind = if ($offer.StartsWith('-')) { 'ParameterName' } else { 'ParameterValue' }
            [System.Management.Automation.CompletionResult]::new(
                $offer, $offer, $kind, $offers[$offer])
        }
    }
}
`;
}

function optionTable(options: readonly KnownOption[]): string {
  const lines = options.flatMap(({ flags, description, value }) =>
    flags.map((flag) =>
      `                ${quoted(flag)} = @{ Description = ${quoted(description)}; Words = ${
        wordsOf(value?.of ?? "free")
      } }`
    )
  );
  return `[ordered]@{\n${lines.join("\n")}\n            }`;
}

function wordsOf(of: Value): string {
  return typeof of === "string" ? "@()" : `@(${of.map(quoted).join(", ")})`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
