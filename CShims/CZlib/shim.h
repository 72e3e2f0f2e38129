// zlib: deflate in memory.
#pragma once
#include <zlib.h>

// A macro that Swift cannot import. 16 more window bits ask for a gzip header (zlib.h).
static inline int hyflame_gzip_init(z_streamp stream, int level) {
  return deflateInit2(stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}
