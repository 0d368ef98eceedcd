#pragma once
#include <zlib.h>
static inline int swfs_inflateInit2(z_streamp s, int bits) { return inflateInit2(s, bits); }
static inline int swfs_deflateInit2(z_streamp s, int level, int bits) {
  return deflateInit2(s, level, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY);
}
