<#
.SYNOPSIS
Installs digly on Windows.

.DESCRIPTION
Downloads the executable, checks its SHA-256 against the published sums, and puts it into place
in one step. Exit codes: 0 installed, 1 it failed and nothing was changed, 2 the command line is
wrong.

.PARAMETER From
Where the releases are; the variable DIGLY_RELEASES when it is not given.

.PARAMETER To
The folder to put digly.exe into; %LOCALAPPDATA%\Programs\digly when it is not given.

.PARAMETER AllowHttp
Download over http: from other machines.

.EXAMPLE
./install.ps1 -From https://example.com/digly
#>
[CmdletBinding()]
param(
    [string]$From = $env:DIGLY_RELEASES,
    [string]$To = '',
    [switch]$AllowHttp
)

$ErrorActionPreference = 'Stop'
# Windows PowerShell draws a bar for every block, which takes longer than the download.
$ProgressPreference = 'SilentlyContinue'

function Stop-Install([string]$Problem, [string]$Help = '', [int]$Code = 1) {
    [Console]::Error.WriteLine("install.ps1: $Problem")
    if ($Help -ne '') { [Console]::Error.WriteLine("  $Help") }
    exit $Code
}

# Reads the answer in parts, so that a server cannot fill the disk, whatever size it says.
function Save-Url([string]$Url, [string]$File, [int]$MostMiB) {
    $request = [Net.WebRequest]::Create($Url)
    $request.Timeout = 20000
    $request.ReadWriteTimeout = 60000
    $request.AllowAutoRedirect = $true
    $response = $request.GetResponse()
    try {
        if ($Url -like 'https:*' -and $response.ResponseUri.Scheme -ne 'https') {
            throw 'It is redirected to plain http:'
        }
        $source = $response.GetResponseStream()
        $target = [IO.File]::Create($File)
        try {
            $buffer = New-Object byte[] 65536
            $size = [long]0
            while (($count = $source.Read($buffer, 0, $buffer.Length)) -gt 0) {
                $size += $count
                if ($size -gt [long]$MostMiB * 1MB) { throw "It is larger than $MostMiB MiB" }
                $target.Write($buffer, 0, $count)
            }
        } finally {
            $target.Dispose()
        }
    } finally {
        $response.Dispose()
    }
}

function Get-Release([string]$Name, [string]$File, [string]$MissingHelp, [int]$MostMiB) {
    $url = "$From/$Name"
    try {
        Save-Url $url $File $MostMiB
    } catch {
        $problem = $_.Exception
        while ($null -ne $problem.InnerException -and $null -eq $problem.Response) {
            $problem = $problem.InnerException
        }
        $response = $problem.Response
        $status = if ($null -ne $response) { [int]$response.StatusCode } else { 0 }
        if ($status -eq 404) { Stop-Install "There is no $url (404)" $MissingHelp }
        if ($status -ne 0) { Stop-Install "$url answered $status" }
        Stop-Install "Cannot download $url" $problem.Message
    }
}

if ([string]::IsNullOrEmpty($From)) {
    Stop-Install 'No address to download from' `
        'Give one with -From <address>, or in the variable DIGLY_RELEASES' 2
}
$From = $From.TrimEnd('/')
$address = $null
if (-not [Uri]::TryCreate($From, [UriKind]::Absolute, [ref]$address) -or
    @('http', 'https') -notcontains $address.Scheme -or $address.Host -eq '' -or
    $address.UserInfo -ne '' -or $address.Query -ne '' -or $address.Fragment -ne '') {
    Stop-Install "'$From' is not an address to download from" `
        'Give one such as https://example.com/digly, without a user name or a query' 2
}
if ($address.Scheme -eq 'http' -and -not $address.IsLoopback -and -not $AllowHttp) {
    Stop-Install "$From is not encrypted, so the sums would prove nothing" `
        'Use https:, or -AllowHttp where the network is trusted' 2
}

if ($env:OS -ne 'Windows_NT') {
    Stop-Install 'This is not Windows' 'Use install.sh'
}
# A 32-bit PowerShell on 64-bit Windows names the machine in the second variable.
$machine = if ($env:PROCESSOR_ARCHITEW6432) { $env:PROCESSOR_ARCHITEW6432 }
    else { $env:PROCESSOR_ARCHITECTURE }
# Windows on ARM runs programs for x64.
if (@('AMD64', 'ARM64') -notcontains $machine) {
    Stop-Install "There is no executable for Windows on $machine" 'There is windows-x64'
}
$target = 'windows-x64'
$name = "digly-$target.exe"

if ($To -eq '') {
    if ([string]::IsNullOrEmpty($env:LOCALAPPDATA)) {
        Stop-Install 'LOCALAPPDATA is not set, so there is no default folder' `
            'Give one with -To <folder>' 2
    }
    $To = Join-Path $env:LOCALAPPDATA 'Programs\digly'
}
$To = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($To)

# Windows PowerShell does not offer TLS 1.2 by itself on old systems.
[Net.ServicePointManager]::SecurityProtocol =
    [Net.ServicePointManager]::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls12

$work = Join-Path ([IO.Path]::GetTempPath()) ('digly-' + [Guid]::NewGuid().ToString('N'))
$staged = ''
try {
    New-Item -ItemType Directory -Path $work | Out-Null
    $sums = Join-Path $work 'SHA256SUMS'
    $download = Join-Path $work $name
    Get-Release 'SHA256SUMS' $sums "Is $From the address of the releases?" 1
    $expected = ''
    foreach ($line in Get-Content -LiteralPath $sums) {
        if ($line -match '^([0-9A-Fa-f]{64}) [ *](.+)$' -and $Matches[2] -eq $name) {
            $expected = $Matches[1]
        }
    }
    if ($expected -eq '') {
        Stop-Install "$From/SHA256SUMS has no sum of $name, so the download cannot be checked"
    }

    Write-Host "Downloading $From/$name"
    Get-Release $name $download "The release has no executable for this machine ($target)" 512
    $actual = (Get-FileHash -LiteralPath $download -Algorithm SHA256).Hash
    if ($actual -ne $expected) {
        Stop-Install "The SHA-256 of $From/$name is not the published one; nothing was installed" `
            "published $expected, downloaded $actual"
    }

    New-Item -ItemType Directory -Force -Path $To | Out-Null
    $place = Join-Path $To 'digly.exe'
    # Beside its place, because only there a rename is one step.
    $staged = Join-Path $To ".digly-$PID.exe"
    Copy-Item -LiteralPath $download -Destination $staged
    # A program that runs cannot be replaced, but it can be renamed.
    if (Test-Path -LiteralPath $place) {
        $old = "$place.old"
        if (Test-Path -LiteralPath $old) { Remove-Item -LiteralPath $old -Force }
        [IO.File]::Replace($staged, $place, $old)
        Remove-Item -LiteralPath $old -Force -ErrorAction SilentlyContinue
    } else {
        [IO.File]::Move($staged, $place)
    }
    $staged = ''
} catch {
    Stop-Install 'The installation failed' $_.Exception.Message
} finally {
    if (Test-Path -LiteralPath $work) { Remove-Item -LiteralPath $work -Recurse -Force }
    if ($staged -ne '' -and (Test-Path -LiteralPath $staged)) {
        Remove-Item -LiteralPath $staged -Force
    }
}

$version = & $place --version
if ($LASTEXITCODE -eq 0) {
    Write-Host "Installed digly $version ($target) as $place, its SHA-256 is as published"
} else {
    Write-Host "Installed digly ($target) as $place, its SHA-256 is as published"
    Write-Host 'It does not start on this machine'
}
$folders = @("$env:Path" -split ';' | ForEach-Object { $_.TrimEnd('\') })
if ($folders -contains $To.TrimEnd('\')) {
    Write-Host "$To is on your Path: digly --help shows what it can do"
} else {
    Write-Host "$To is not on your Path. Add it for your user with"
    Write-Host "  [Environment]::SetEnvironmentVariable('Path', `"`$([Environment]::GetEnvironmentVariable('Path', 'User'));$To`", 'User')"
}
