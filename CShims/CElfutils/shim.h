// libelf and libdw (elfutils): ELF files, symbol tables, call frame information, DWARF lines.
#pragma once
#include <gelf.h>
#include <libelf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <dwarf.h>

// xz, which libdw is linked with anyway: symbols inside stripped files.
#include <lzma.h>

// libiberty's demangler, a static archive: the form that hands out its text in pieces, because a few
// hundred bytes of a symbol can stand for gigabytes. <demangle.h> clashes with C's own bool.
#include <setjmp.h>
#include <string.h>
extern int cplus_demangle_v3_callback(
    const char *mangled, int options, void (*take)(const char *, size_t, void *), void *opaque);

struct hyflame_demangling {
  char *text;
  size_t count, capacity;
  jmp_buf full;
};

static inline void hyflame_take_demangled(const char *piece, size_t count, void *opaque) {
  struct hyflame_demangling *demangling = (struct hyflame_demangling *)opaque;
  // The demangler has no way to be stopped; it keeps all that it has on the stack.
  if (count > demangling->capacity - demangling->count) longjmp(demangling->full, 1);
  memcpy(demangling->text + demangling->count, piece, count);
  demangling->count += count;
}

// The length of the name written to `text`; -1 if the symbol is no Itanium C++ one or its name is
// longer than `capacity`.
static __attribute__((noinline, unused)) long hyflame_demangle(
    const char *symbol, char *text, size_t capacity) {
  const int with_parameters_and_types = 1 << 0 | 1 << 4;
  struct hyflame_demangling demangling = {.text = text, .count = 0, .capacity = capacity};
  if (setjmp(demangling.full) != 0) return -1;
  if (!cplus_demangle_v3_callback(
          symbol, with_parameters_and_types, hyflame_take_demangled, &demangling))
    return -1;
  return (long)demangling.count;
}
