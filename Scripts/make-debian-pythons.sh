#!/bin/sh
# Makes .interpreters/sid: a tree of Debian's unstable suite with python3.13, 3.14 and 3.15, which
# tests run chrooted. Needs root (or password-less sudo) and a Debian mirror: that of this machine's
# own apt sources, or HYFLAME_DEBIAN_MIRROR. Does nothing if the tree is there; says in one line why
# it cannot be made, and then exits with status 3.
set -eu
cd "$(dirname "$0")/.."

suite=sid
minors='13 14 15'
tree=$PWD/.interpreters/$suite

complete() {
  for minor in $minors; do
    [ -x "$tree/usr/bin/python3.$minor" ] || return 1
  done
}
if complete; then exit 0; fi

cannot() {
  echo "no Debian $suite tree, so no chrooted Python 3.13, 3.14 and 3.15: $1" >&2
  exit 3
}

sudo=
if [ "$(id -u)" != 0 ]; then sudo='sudo -n'; fi
if [ -n "$sudo" ] && ! $sudo true 2>/dev/null; then cannot 'making one needs root'; fi
if ! command -v apt-get >/dev/null 2>&1; then cannot 'this machine has no apt-get'; fi

mirror=${HYFLAME_DEBIAN_MIRROR:-}
if [ -z "$mirror" ]; then
  mirrors() {
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian'
  }
  # A fresh container has no package lists yet.
  if [ -z "$(mirrors)" ]; then $sudo apt-get update -qq || cannot 'apt-get update failed'; fi
  mirror=$(mirrors | sed -n 1p)
fi
if [ -z "$mirror" ]; then
  cannot 'apt has no source of Debian packages; name a mirror in HYFLAME_DEBIAN_MIRROR'
fi

if ! command -v debootstrap >/dev/null 2>&1 && ! [ -x /usr/sbin/debootstrap ]; then
  export DEBIAN_FRONTEND=noninteractive
  $sudo apt-get install -qq -y --no-install-recommends debootstrap >/dev/null 2>&1 || {
    $sudo apt-get update -qq
    $sudo apt-get install -qq -y --no-install-recommends debootstrap >/dev/null
  } || cannot 'debootstrap cannot be installed'
fi

echo "making .interpreters/$suite: python3.13, 3.14 and 3.15 of Debian $suite" >&2
mkdir -p .interpreters
part=$tree.part
log=$PWD/.interpreters/debootstrap.log
$sudo rm -rf "$part"
packages=$(for minor in $minors; do printf 'python3.%s,' "$minor"; done)
PATH=$PATH:/usr/sbin:/sbin $sudo debootstrap --variant=minbase --include="${packages%,}" \
  "$suite" "$part" "$mirror" >"$log" 2>&1 || {
  tail -n 5 "$log" >&2
  cannot 'debootstrap failed (its last words are above)'
}
$sudo rm -rf "$part"/var/cache/apt/archives "$part"/var/lib/apt/lists
$sudo rm -rf "$tree"
$sudo mv "$part" "$tree"
for minor in $minors; do
  $sudo chroot "$tree" "/usr/bin/python3.$minor" --version >&2
done
