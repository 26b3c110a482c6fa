#!/bin/sh
# Installs digly on Linux and macOS: downloads the executable for this machine, checks its
# SHA-256 against the published sums, and puts it into place in one step.
#
#   sh install.sh --from https://example.com/digly [--to ~/.local/bin]
#
# Exit codes: 0 installed, 1 it failed and nothing was changed, 2 the command line is wrong.
# All is in functions and the last line calls them, so that half a download of it does nothing.

set -eu

usage() {
  cat <<'END'
Usage: install.sh [--from <address>] [--to <folder>]

  --from <address>  where the releases are; DIGLY_RELEASES when it is not given
  --to <folder>     where to put digly; ~/.local/bin, or /usr/local/bin for root
  --allow-http      download over http: from other machines
  -h, --help        show this
END
}

say() { printf '%s\n' "$*"; }

fail() {
  printf 'install.sh: %s\n' "$1" >&2
  if [ -n "${2:-}" ]; then printf '  %s\n' "$2" >&2; fi
  exit "${3:-1}"
}

has() { command -v "$1" >/dev/null 2>&1; }

# The last line of a file that is not empty.
last_line() {
  last=
  while read -r line || [ -n "$line" ]; do
    if [ -n "$line" ]; then last=$line; fi
  done <"$1"
  say "$last"
}

# The name of the executable for this machine, in $target.
find_target() {
  system=$(uname -s)
  machine=$(uname -m)
  case "$machine" in
    x86_64 | amd64) arch=x64 ;;
    aarch64 | arm64) arch=arm64 ;;
    *) arch='' ;;
  esac
  case "$system" in
    Linux)
      target="linux-$arch"
      if uses_musl; then target="$target-musl"; fi
      ;;
    Darwin)
      # A shell that Rosetta translates says x86_64 on a machine that is arm64.
      if [ "$(sysctl -n sysctl.proc_translated 2>/dev/null || :)" = 1 ]; then arch=arm64; fi
      target="darwin-$arch"
      ;;
    MINGW* | MSYS* | CYGWIN*)
      fail "This is Windows ($system)" "Use install.ps1, in PowerShell" ;;
    *) target=unknown ;;
  esac
  case "$target" in
    linux-x64 | linux-arm64 | linux-x64-musl | darwin-x64 | darwin-arm64) ;;
    linux-arm64-musl)
      fail "There is no executable for Linux on $machine with musl" \
        "With Node, Deno or Bun, digly runs from its npm package: npx digly" ;;
    *)
      fail "There is no executable for $system on $machine" \
        "There are linux-x64, linux-arm64, linux-x64-musl, darwin-x64, darwin-arm64, windows-x64" ;;
  esac
}

# ldd is asked first: the loader of musl may be installed on a system of glibc as well.
uses_musl() {
  if has ldd; then
    case "$(ldd --version 2>&1 || :)" in
      *musl*) return 0 ;;
      *) return 1 ;;
    esac
  fi
  for loader in /lib/ld-musl-*.so.1; do
    if [ -e "$loader" ]; then return 0; fi
  done
  return 1
}

# The host of the address, in $host. Programs that download disagree about addresses with a user
# name, a backslash or a blank in them, so only what reads in one way is taken.
find_host() {
  host=
  authority=${from#*://}
  authority=${authority%%/*}
  case "$from" in
    *[!A-Za-z0-9:/._~%+,=\[\]-]*) return ;;
  esac
  case "$authority" in
    \[*\]) host=$authority ;;
    \[*\]:*) host=${authority%:*} ;;
    *) host=${authority%%:*} ;;
  esac
  case "$host" in
    \[*[!0-9A-Fa-f:.\[\]]* | \[ | \[\]) host= ;;
    \[*) ;;
    *[!A-Za-z0-9._-]*) host= ;;
  esac
  case "${authority#"$host"}" in
    '') ;;
    :*[!0-9]* | :) host= ;;
    :*) ;;
    *) host= ;;
  esac
}

check_address() {
  if [ -z "$from" ]; then
    fail "No address to download from" \
      "Give one with --from <address>, or in the variable DIGLY_RELEASES" 2
  fi
  while [ "${from%/}" != "$from" ]; do from=${from%/}; done
  find_host
  case "$from" in
    https://* | http://*) ;;
    *) host= ;;
  esac
  if [ -z "$host" ]; then
    fail "'$from' is not an address to download from" \
      "Give one such as https://example.com/digly, without a user name or a query" 2
  fi
  case "$from" in
    https://*) return ;;
  esac
  case "$host" in
    localhost | 127.0.0.1 | '[::1]') ;;
    *)
      if [ "$allow_http" != yes ]; then
        fail "$from is not encrypted, so the sums would prove nothing" \
          "Use https:, or --allow-http where the network is trusted" 2
      fi
      ;;
  esac
}

# limited <MiB> <command>: runs it so that no file grows beyond the size, whatever a server says.
# The unit of ulimit is 512 bytes. A file that is too large makes writing fail.
limited() (
  ulimit -f $(($1 * 2048)) || :
  trap '' 25
  shift
  "$@"
)

# cannot_download <MiB>: says why not, from $work/problem.
cannot_download() {
  problem=$(last_line "$work/problem")
  case "$problem" in
    *[Ww]riting* | *'annot write'* | *'too large'*)
      fail "$url is larger than $1 MiB, or the disk is full" "$problem" ;;
    *) fail "Cannot download $url" "$problem" ;;
  esac
}

# download <name> <MiB>: <address>/<name> as $work/<name>, which is not larger than that.
download() {
  url="$from/$1"
  if has curl; then
    case "$from" in
      https:*) protocols='=https' ;;
      *) protocols='=http,https' ;;
    esac
    status=$(limited "$2" curl --silent --show-error --location --globoff \
      --proto "$protocols" --connect-timeout 20 --speed-limit 1 --speed-time 60 \
      --output "$work/$1" --write-out '%{http_code}' \
      "$url" 2>"$work/problem") || cannot_download "$2"
    case "$status" in
      200) ;;
      404) fail "There is no $url (404)" "$missing_help" ;;
      *) fail "$url answered $status" ;;
    esac
  elif has wget; then
    LC_ALL=C limited "$2" wget -T 20 -O "$work/$1" "$url" 2>"$work/problem" || {
      case "$(cat "$work/problem")" in
        *' 404'*) fail "There is no $url (404)" "$missing_help" ;;
        *) cannot_download "$2" ;;
      esac
    }
  else
    fail "Neither curl nor wget is installed" "Install one of them and try again"
  fi
}

# sum_of <file>: its SHA-256, in $actual.
sum_of() {
  if has sha256sum; then
    actual=$(sha256sum <"$1")
  elif has shasum; then
    actual=$(shasum -a 256 <"$1")
  elif has openssl; then
    actual=$(openssl dgst -sha256 -r <"$1")
  else
    fail "Nothing here can compute a SHA-256, so the download cannot be checked" \
      "Install sha256sum, shasum or openssl and try again"
  fi
  actual=${actual%% *}
}

# The published sum of the executable, in $expected.
find_expected() {
  expected=
  while read -r sum name || [ -n "$sum" ]; do
    if [ "${name#\*}" = "$file" ]; then expected=$sum; fi
  done <"$work/SHA256SUMS"
  if [ -z "$expected" ]; then
    fail "$from/SHA256SUMS has no sum of $file, so the download cannot be checked"
  fi
}

remove_work() {
  if [ -n "$work" ]; then rm -rf "$work"; fi
  if [ -n "$staged" ]; then rm -f "$staged"; fi
}

put_into_place() {
  mkdir -p -- "$to" || fail "Cannot make the folder $to" "Choose another with --to <folder>"
  to=$(CDPATH='' cd -- "$to" && pwd)
  if [ -d "$to/digly" ]; then fail "$to/digly is a folder" "Choose another with --to <folder>"; fi
  if [ ! -w "$to" ]; then fail "Cannot write to $to" "Choose another folder with --to <folder>"; fi
  # Beside its place, because only there a rename is one step.
  staged="$to/.digly-$$"
  cp "$work/$file" "$staged" || fail "Cannot write to $to"
  chmod 755 "$staged"
  mv -f "$staged" "$to/digly" || fail "Cannot write $to/digly"
  staged=
}

report() {
  if version=$("$to/digly" --version 2>"$work/problem"); then
    say "Installed digly $version ($target) as $to/digly, its SHA-256 is as published"
  else
    say "Installed digly ($target) as $to/digly, its SHA-256 is as published"
    say "It does not start on this machine: $(last_line "$work/problem")"
  fi
  case ":$PATH:" in
    *":$to:"*)
      found=$(command -v digly || :)
      if [ "$found" = "$to/digly" ]; then
        say "$to is on your PATH: digly --help shows what it can do"
      else
        say "$to is on your PATH, but $found comes first"
      fi
      ;;
    *)
      say "$to is not on your PATH. Add this to the profile of your shell:"
      say "  export PATH=\"$to:\$PATH\""
      ;;
  esac
}

main() {
  from=${DIGLY_RELEASES:-}
  to=
  allow_http=no
  while [ $# -gt 0 ]; do
    case "$1" in
      --from | --to)
        if [ -z "${2:-}" ]; then fail "$1 needs a value" "install.sh --help shows how" 2; fi
        if [ "$1" = --from ]; then from=$2; else to=$2; fi
        shift 2
        ;;
      --from=*) from=${1#*=} && shift ;;
      --to=*) to=${1#*=} && shift ;;
      --allow-http) allow_http=yes && shift ;;
      -h | --help) usage && exit 0 ;;
      *) fail "Unknown argument '$1'" "install.sh --help shows what there is" 2 ;;
    esac
  done
  check_address
  if [ -z "$to" ]; then
    if [ "$(id -u)" = 0 ]; then
      to=/usr/local/bin
    elif [ -n "${HOME:-}" ]; then
      to=$HOME/.local/bin
    else
      fail "HOME is not set, so there is no default folder" "Give one with --to <folder>" 2
    fi
  fi
  find_target
  file="digly-$target"
  missing_help="Is $from the address of the releases?"

  work=
  staged=
  trap remove_work EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  work=$(mktemp -d "${TMPDIR:-/tmp}/digly-XXXXXX")

  download SHA256SUMS 1
  find_expected
  missing_help="The release has no executable for this machine ($target)"
  say "Downloading $from/$file"
  download "$file" 512
  sum_of "$work/$file"
  if [ "$actual" != "$expected" ]; then
    fail "The SHA-256 of $from/$file is not the published one; nothing was installed" \
      "published $expected, downloaded $actual"
  fi
  put_into_place
  report
}

main "$@"
