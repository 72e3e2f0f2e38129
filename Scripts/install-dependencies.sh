#!/bin/sh
# Installs what building hyflame needs and this machine lacks, with apt-get where root or
# password-less sudo is there; otherwise says in one line what to type. Silent if nothing is missing.
set -eu

has_header() { echo "#include <$1>" | cc -E -x c - >/dev/null 2>&1; }

missing=
need() { missing="$missing $1"; }

if ! command -v cc >/dev/null 2>&1 || ! command -v gcc >/dev/null 2>&1; then
  # Headers cannot be looked for without a compiler.
  need gcc; need libc6-dev; need libelf-dev; need libdw-dev; need libunwind-dev; need liblzma-dev
  need libiberty-dev; need libbpf-dev; need zlib1g-dev
else
  has_header stdio.h || need libc6-dev
  has_header libelf.h || need libelf-dev
  has_header elfutils/libdwfl.h || need libdw-dev
  has_header libunwind-ptrace.h || need libunwind-dev
  has_header lzma.h || need liblzma-dev
  has_header libiberty/demangle.h || need libiberty-dev
  has_header bpf/libbpf.h || need libbpf-dev
  has_header zlib.h || need zlib1g-dev
fi
if ! command -v python3 >/dev/null 2>&1; then
  need python3; need python3-venv
elif [ "${1:-}" = --demo ] && ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
  need python3-venv
fi

# What reads our reports in `make formats`; what is missing there is skipped, or fails (HYFLAME_STRICT).
if [ "${1:-}" = --readers ]; then
  command -v go >/dev/null 2>&1 || need golang-go
  command -v callgrind_annotate >/dev/null 2>&1 || need valgrind
  command -v chromium >/dev/null 2>&1 || need chromium
fi

if [ -n "$missing" ]; then
  sudo=
  if [ "$(id -u)" != 0 ]; then sudo='sudo -n'; fi
  # shellcheck disable=SC2086 # the words are the packages
  if ! command -v apt-get >/dev/null 2>&1; then
    echo "hyflame needs the development files of:$missing (Debian's names; no apt-get here)" >&2
    exit 1
  elif [ -n "$sudo" ] && ! $sudo true 2>/dev/null; then
    echo "hyflame needs some packages. Type: sudo apt-get install$missing" >&2
    exit 1
  else
    echo "installing:$missing" >&2
    export DEBIAN_FRONTEND=noninteractive
    # A fresh container has no package lists yet.
    $sudo apt-get install -qq -y --no-install-recommends $missing >/dev/null 2>&1 || {
      $sudo apt-get update -qq
      $sudo apt-get install -qq -y --no-install-recommends $missing >/dev/null
    }
  fi
fi

if ! command -v swift >/dev/null 2>&1; then
  echo 'hyflame needs Swift 6.3 in PATH: https://www.swift.org/install/linux/' >&2
  exit 1
fi
