#!/bin/sh
# Builds a CPython for the tests out of its source archive, which tests then find in .interpreters: free-
# threaded ones, which no distribution packages, and tail-calling ones. A few minutes each.
#
#   Scripts/build-python.sh Python-3.14.7.tar.xz 3.14t --disable-gil
#   CC=clang Scripts/build-python.sh Python-3.14.7.tar.xz 3.14tail --with-tail-call-interp
#
# The second needs clang 19 or gcc 15. An interpreter of another name than 3.13t, 3.14t or 3.15t is tested
# with HYFLAME_TEST_PYTHONS=.interpreters/NAME/bin/python3.N.
set -eu
if [ $# -lt 2 ]; then
  sed -n '2,9s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
archive=$(realpath "$1")
name=$2
shift 2
cd "$(dirname "$0")/.."

prefix=$PWD/.interpreters/$name
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tar -xf "$archive" -C "$work" --strip-components=1
cd "$work"
log=$prefix.log
mkdir -p "$(dirname "$log")"
{
  ./configure -q --prefix="$prefix" --without-ensurepip "$@" &&
    make -s -j"$(nproc)" && rm -rf "$prefix" && make -s install
} >"$log" 2>&1 || {
  tail -n 5 "$log" >&2
  echo "the build failed; all it said is in $log" >&2
  exit 1
}
"$prefix"/bin/python3 -VV
