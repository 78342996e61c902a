// How a weight's gradient (rows = taps x input channels, `channels` floats each) is cut for its Gram matrix.
#pragma once

struct Chunks {
  long perChunk, count;
  /** Scratch floats for one chunk of all samples. */
  long floats;
};

/**
 * Gradients of n samples in chunks of about the second cache level, of whole register blocks, and a few of them, so that
 * threads share the work; the same for any number of threads, since sums in float32 end with a chunk.
 */
static inline Chunks chunksOf(long rows, long channels, long n) {
  const long cache = 180000, fewest = 4;
  long count = (rows * channels * n + cache - 1) / cache;
  if (count < fewest) count = fewest;
  const long perChunk = ((rows + count - 1) / count + 15) / 16 * 16;
  return {perChunk, (rows + perChunk - 1) / perChunk, n * (perChunk * channels + 16)};
}
