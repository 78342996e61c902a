// How a weight's gradient (rows = taps x input channels, `channels` floats each) is cut for its Gram matrix.
#pragma once

struct Chunks {
  long perChunk, count;
  /** Scratch floats for one chunk of all samples. */
  long floats;
};

/** Gradients of n samples in chunks of about the second cache level, of whole register blocks, at least one a thread. */
static inline Chunks chunksOf(long rows, long channels, long n, long threads) {
  const long cache = 180000;
  long count = (rows * channels * n + cache - 1) / cache;
  if (count < threads) count = threads;
  const long perChunk = ((rows + count - 1) / count + 15) / 16 * 16;
  return {perChunk, (rows + perChunk - 1) / perChunk, n * (perChunk * channels + 16)};
}
