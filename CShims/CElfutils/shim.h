// libelf and libdw (elfutils): ELF files, symbol tables, call frame information, DWARF lines.
#pragma once
#include <gelf.h>
#include <libelf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <dwarf.h>
