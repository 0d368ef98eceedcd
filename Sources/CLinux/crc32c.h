// CRC-32C (Castagnoli) with the processor's own instruction: 8 bytes in 3 cycles. Swift reaches
// neither the instruction nor the check whether the processor has it.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
static inline int swfs_crc32c_is_fast(void) { return __builtin_cpu_supports("sse4.2"); }

// Only when swfs_crc32c_is_fast(). `crc` is the running, inverted value.
__attribute__((target("sse4.2"))) static inline uint32_t swfs_crc32c_fast(
    uint32_t crc, const uint8_t *bytes, size_t count) {
  uint64_t running = crc;
  for (; count >= 8; count -= 8, bytes += 8) {
    uint64_t word;
    memcpy(&word, bytes, 8);
    running = __builtin_ia32_crc32di(running, word);
  }
  crc = (uint32_t)running;
  for (; count > 0; count--, bytes++) crc = __builtin_ia32_crc32qi(crc, *bytes);
  return crc;
}
#else
static inline int swfs_crc32c_is_fast(void) { return 0; }
static inline uint32_t swfs_crc32c_fast(uint32_t crc, const uint8_t *bytes, size_t count) {
  (void)bytes;
  (void)count;
  return crc;
}
#endif
