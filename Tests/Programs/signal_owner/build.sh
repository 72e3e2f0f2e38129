#!/bin/sh
# Compiles the program: build.sh [DIRECTORY], by default .build/programs of the checkout. Prints the
# program's path; does nothing if it is newer than its source.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
directory=${1:-$here/../../../.build/programs}
mkdir -p "$directory"
directory=$(cd "$directory" && pwd)
program=$directory/signal_owner
if [ ! -e "$program" ] || [ "$here/signal_owner.c" -nt "$program" ]; then
  # Moved into place at once: several tests may build at the same time.
  "${CC:-gcc}" -std=gnu11 -O2 -Wall -Wextra -Werror -o "$program.$$" "$here/signal_owner.c"
  mv "$program.$$" "$program"
fi
echo "$program"
