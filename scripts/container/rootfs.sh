#!/bin/sh
# Makes a root file system that holds Digly and nothing it does not need: the executable, the
# libraries it links, certificates where this machine has some, and a user without rights.
#
#   rootfs.sh <digly> <folder>
set -eu

if [ $# -ne 2 ]; then
  echo "usage: rootfs.sh <digly> <folder>" >&2
  exit 2
fi
digly=$1
root=$2
if [ -e "$root" ] && [ -n "$(ls -A "$root")" ]; then
  echo "rootfs.sh: $root is not empty" >&2
  exit 1
fi

mkdir -p "$root/app" "$root/etc/ssl/certs" "$root/proc" "$root/dev" "$root/tmp"
chmod 1777 "$root/tmp"
cp "$digly" "$root/digly"
chmod 755 "$root/digly"

# Libraries keep their paths, since the executable names its loader by path.
ldd "$digly" 2>/dev/null | grep -o '/[^ )]*' | while read -r library; do
  mkdir -p "$root$(dirname "$library")"
  cp -L "$library" "$root$library"
done || true

for certificates in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt; do
  if [ -e "$certificates" ]; then
    cp -L "$certificates" "$root/etc/ssl/certs/ca-certificates.crt"
    break
  fi
done

echo "digly:x:65532:65532:digly:/app:/nologin" > "$root/etc/passwd"
echo "digly:x:65532:" > "$root/etc/group"
echo "hosts: files dns" > "$root/etc/nsswitch.conf"
