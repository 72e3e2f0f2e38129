#!/bin/sh
# Compiles the C library of queued.py: build.sh [DIRECTORY], by default .build/programs of the
# checkout. Prints the library's path; does nothing if it is newer than its source.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
directory=${1:-$here/../../../.build/programs}
mkdir -p "$directory"
directory=$(cd "$directory" && pwd)
library=$directory/libqueued.so
if [ ! -e "$library" ] || [ "$here/queued.c" -nt "$library" ]; then
  # Moved into place at once: several tests may build at the same time.
  "${CC:-gcc}" -std=gnu11 -O2 -g0 -Wall -Wextra -Werror -fPIC -shared \
    -o "$library.$$" "$here/queued.c"
  mv "$library.$$" "$library"
fi
echo "$library"
