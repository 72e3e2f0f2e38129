// libelf and libdw (elfutils): ELF files, symbol tables, call frame information, DWARF lines.
#pragma once
#include <gelf.h>
#include <libelf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <dwarf.h>

// xz, which libdw is linked with anyway: symbols inside stripped files.
#include <lzma.h>

// libstdc++, which the Swift runtime is linked with anyway: Itanium C++ ABI, chapter 3.4. The
// result is malloc'ed; status 0 is success.
extern char *__cxa_demangle(const char *mangled, char *buffer, size_t *length, int *status);
