// N-API addon: the kernels of program.h with threads, one arena in huge pages, and the instruction set chosen at run
// time. Built by scripts/build-addon.mjs. Sizes and offsets are checked by the caller (src/kernels/finite/engine).
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <node_api.h>
#include <sys/mman.h>
#include <vector>

#include "chunks.h"
#include "pool.h"
#include "variant.h"

namespace {

/** Instruction sets that this machine has, best first. */
const std::vector<const Variant *> &variants() {
  static const std::vector<const Variant *> found = [] {
    std::vector<const Variant *> list;
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512bw"))
      list.push_back(&avx512Variant);
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) list.push_back(&avx2Variant);
#endif
    list.push_back(&baselineVariant);
    return list;
  }();
  return found;
}

/** Arguments of a call, in order. */
class Call {
 public:
  Call(napi_env env, napi_callback_info info) : env(env) { napi_get_cb_info(env, info, &count, values, nullptr, nullptr); }

  long integer() {
    int64_t x = 0;
    napi_get_value_int64(env, values[next++], &x);
    return x;
  }
  double number() {
    double x = 0;
    napi_get_value_double(env, values[next++], &x);
    return x;
  }
  template <typename T> T *array(size_t *length = nullptr) {
    void *data = nullptr;
    size_t size = 0;
    napi_typedarray_type type;
    napi_get_typedarray_info(env, values[next++], &type, &size, &data, nullptr, nullptr);
    if (length) *length = size;
    return static_cast<T *>(data);
  }
  /** Elements of an array that is the next argument, which stays the next one until it is skipped. */
  size_t length() {
    uint32_t size = 0;
    napi_get_array_length(env, values[next], &size);
    return size;
  }
  template <typename T> T *element(size_t index) {
    napi_value value;
    napi_get_element(env, values[next], index, &value);
    void *data = nullptr;
    napi_typedarray_type type;
    size_t size;
    napi_get_typedarray_info(env, value, &type, &size, &data, nullptr, nullptr);
    return static_cast<T *>(data);
  }
  void skip() { next++; }
  const Variant &variant() { return *variants()[integer()]; }

  napi_env env;

 private:
  size_t count = 16, next = 0;
  napi_value values[16] = {};
};

/** A function of the addon whose C++ exceptions (memory) become JavaScript's. */
template <napi_value (*function)(napi_env, napi_callback_info)> napi_value guarded(napi_env env, napi_callback_info info) {
  try {
    return function(env, info);
  } catch (const std::exception &error) {
    napi_throw_error(env, "limit", error.what());
    return nullptr;
  }
}

/** work(0) .. work(threads - 1) at once; the calling thread does its share. */
template <typename Work> void parallel(int threads, Work work) { Pool::shared().run(threads, work); }

/** use(item) for 0 <= item < count, by whichever thread is free; the result must not depend on which. */
template <typename Use> void eachItem(int threads, long count, Use use) {
  if (threads <= 1) {
    for (long item = 0; item < count; item++) use(item);
    return;
  }
  std::atomic<long> next{0};
  parallel(threads, [&](int) {
    for (long item; (item = next++) < count;) use(item);
  });
}

/** Scratch memory of the calling thread, kept between calls. */
float *scratch(size_t floats) {
  thread_local struct Buffer {
    float *data = nullptr;
    size_t size = 0;
    ~Buffer() { std::free(data); }
  } buffer;
  if (buffer.size < floats) {
    std::free(buffer.data);
    buffer.data = static_cast<float *>(std::aligned_alloc(64, (floats * 4 + 63) / 64 * 64));
    buffer.size = buffer.data ? floats : 0;
  }
  return buffer.data;
}

napi_value allocate(napi_env env, napi_callback_info info) {
  Call call(env, info);
  const size_t huge = 2 << 20, bytes = (call.integer() + huge - 1) / huge * huge;
  void *data = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (data == MAP_FAILED) {
    napi_throw_error(env, "limit", "out of memory");
    return nullptr;
  }
#ifdef MADV_HUGEPAGE
  madvise(data, bytes, MADV_HUGEPAGE);
#endif
  napi_value buffer;
  auto unmap = [](napi_env, void *data, void *bytes) { munmap(data, reinterpret_cast<size_t>(bytes)); };
  napi_create_external_arraybuffer(env, data, bytes, unmap, reinterpret_cast<void *>(bytes), &buffer);
  return buffer;
}

// run(variant, program, arena, act, S, s0, s1, byInstruction, threads)
napi_value run(napi_env env, napi_callback_info info) {
  Call call(env, info);
  const Variant &kernels = call.variant();
  size_t words;
  const int *program = call.array<int>(&words);
  float *A = call.array<float>();
  const long act = call.integer(), S = call.integer();
  const int s0 = call.integer(), s1 = call.integer();
  const bool byInstruction = call.integer() != 0;
  const int threads = std::max(1, std::min<int>(call.integer(), s1 - s0));
  const long count = s1 - s0;
  if (byInstruction)
    parallel(threads, [=, &kernels](int t) {
      kernels.run(program, words, A, act, S, s0 + count * t / threads, s0 + count * (t + 1) / threads, true);
    });
  else if (threads == 1)
    kernels.run(program, words, A, act, S, s0, s1, false);
  else
    eachItem(threads, count, [=, &kernels](long s) { kernels.run(program, words, A, act, S, s0 + s, s0 + s + 1, false); });
  return nullptr;
}

// reduce(variant, instruction, arena, act, S, s0, s1, part, threads): part += sums
napi_value reduce(napi_env env, napi_callback_info info) {
  Call call(env, info);
  const Variant &kernels = call.variant();
  const int *instruction = call.array<int>();
  float *A = call.array<float>();
  const long act = call.integer(), S = call.integer();
  const int s0 = call.integer(), s1 = call.integer();
  size_t channels;
  double *part = call.array<double>(&channels);
  const int threads = std::max(1, std::min<int>(call.integer(), s1 - s0));
  std::vector<double> parts(channels * threads);
  parallel(threads, [=, &kernels, &parts](int t) {
    const long count = s1 - s0;
    kernels.reduce(instruction, A, act, S, s0 + count * t / threads, s0 + count * (t + 1) / threads, parts.data() + t * channels);
  });
  for (int t = 0; t < threads; t++)
    for (size_t c = 0; c < channels; c++) part[c] += parts[t * channels + c];
  return nullptr;
}

// weightGram(variant, args, arena, act, S, n, K, threads)
napi_value weightGram(napi_env env, napi_callback_info info) {
  Call call(env, info);
  const Variant &kernels = call.variant();
  const int *args = call.array<int>();
  const float *A = call.array<float>();
  const long act = call.integer(), S = call.integer();
  const int n = call.integer();
  double *K = call.array<double>();
  const int threads = std::max(1l, std::min<long>(call.integer(), n));
  const long channels = args[3], rows = (long)args[2] * args[9];
  const Chunks chunks = chunksOf(rows, channels, n);
  float *space = scratch(chunks.floats);
  if (!space) {
    napi_throw_error(env, "limit", "out of memory");
    return nullptr;
  }
  const int panel = 8;
  for (long first = 0; first < rows; first += chunks.perChunk) {
    const long last = std::min(rows, first + chunks.perChunk), length = (last - first) * channels, ld = length + 16;
    eachItem(threads, n, [&](long s) { kernels.weightRows(args, A + act + s * S, first, last, space + s * ld); });
    // Long panels first: they share the end better.
    const long panels = (n + panel - 1) / panel;
    eachItem(threads, panels, [&](long p) {
      const int i0 = (panels - 1 - p) * panel;
      kernels.gram(space, n, ld, length, K, kernels.weightScale(args), i0, std::min(n, i0 + panel));
    });
  }
  return nullptr;
}

// weightSum(variant, args, arena, act, S, n, G, threads)
napi_value weightSum(napi_env env, napi_callback_info info) {
  Call call(env, info);
  const Variant &kernels = call.variant();
  const int *args = call.array<int>();
  const float *A = call.array<float>();
  const long act = call.integer(), S = call.integer();
  const int n = call.integer();
  float *G = call.array<float>();
  const long rows = (long)args[2] * args[9];
  const int threads = std::max(1l, std::min(call.integer(), (rows + 15) / 16));
  const long share = ((rows + threads - 1) / threads + 15) / 16 * 16;
  parallel(threads, [&](int t) {
    const long first = std::min(rows, t * share), last = std::min(rows, first + share);
    if (first < last) kernels.weightSum(args, A, act, S, n, first, last, G);
  });
  return nullptr;
}

// passes(variant, program, arenas, act, S, n, byInstruction, seed, seeds, row, gradients): reverse passes that sum over the
// samples, one for each row of `gradients`, shared by one thread an arena. Pass k: cotangents k of `seeds` (n x width) to
// offset `seed` of every sample, zeros to the constants from `row`, the program, and that row of constants to gradients.
napi_value passes(napi_env env, napi_callback_info info) {
  Call call(env, info);
  const Variant &kernels = call.variant();
  size_t words;
  const int *program = call.array<int>(&words);
  std::vector<float *> arenas(call.length());
  for (size_t t = 0; t < arenas.size(); t++) arenas[t] = call.element<float>(t);
  call.skip();
  const long act = call.integer(), S = call.integer();
  const int n = call.integer();
  const bool byInstruction = call.integer() != 0;
  const long seed = call.integer();
  size_t seedFloats, gradientFloats;
  const float *seeds = call.array<float>(&seedFloats);
  const long row = call.integer(), count = call.integer();
  float *gradients = call.array<float>(&gradientFloats);
  const long passCount = gradientFloats / count, width = seedFloats / passCount / n;
  std::atomic<long> next{0};
  parallel(std::min<long>(arenas.size(), passCount), [&](int t) {
    float *A = arenas[t];
    for (long k; (k = next++) < passCount;) {
      for (int s = 0; s < n; s++) std::memcpy(A + act + s * S + seed, seeds + (k * n + s) * width, width * sizeof(float));
      std::memset(A + row, 0, count * sizeof(float));
      kernels.batch(program, words, A, act, S, n, byInstruction);
      std::memcpy(gradients + k * count, A + row, count * sizeof(float));
    }
  });
  return nullptr;
}

// gram(variant, X, offset, n, ld, k, K, scale, threads)
napi_value gram(napi_env env, napi_callback_info info) {
  Call call(env, info);
  const Variant &kernels = call.variant();
  const float *X = call.array<float>();
  X += call.integer();
  const int n = call.integer();
  const long ld = call.integer(), k = call.integer();
  double *K = call.array<double>();
  const double scale = call.number();
  const int panel = 16, panels = (n + panel - 1) / panel;
  const bool small = (double)n * n * k < 1e6;
  const int threads = small ? 1 : std::max(1l, std::min(call.integer(), (long)panels));
  if (threads == 1)
    kernels.gram(X, n, ld, k, K, scale, 0, n);
  else
    eachItem(threads, panels, [&](long p) {
      const int i0 = (panels - 1 - p) * panel;
      kernels.gram(X, n, ld, k, K, scale, i0, std::min(n, i0 + panel));
    });
  return nullptr;
}

// descend(variant, constants, arena, at, gradient, count, first, second, offset, threads): a step of an optimizer on weights
napi_value descend(napi_env env, napi_callback_info info) {
  Call call(env, info);
  const Variant &kernels = call.variant();
  const double *constants = call.array<double>();
  float *A = call.array<float>();
  const long at = call.integer(), gradient = call.integer(), count = call.integer();
  float *first = call.array<float>(), *second = call.array<float>();
  const long offset = call.integer(), chunk = 1 << 14, chunks = (count + chunk - 1) / chunk;
  const int threads = std::max(1l, std::min<long>(call.integer(), chunks));
  eachItem(threads, chunks, [&](long k) {
    const long i = k * chunk;
    kernels.descend(constants, A + at + i, A + gradient + i, first ? first + offset + i : nullptr, second ? second + offset + i : nullptr,
                    std::min(chunk, count - i));
  });
  return nullptr;
}

// peak(variant, rounds): floating-point operations done
napi_value peak(napi_env env, napi_callback_info info) {
  Call call(env, info);
  const Variant &kernels = call.variant();
  float sink[64];
  for (int i = 0; i < 64; i++) sink[i] = i < 16 ? 0.5f : 1.f;
  napi_value result;
  napi_create_double(env, kernels.peak(call.integer(), sink) + (sink[0] < 0 ? 1 : 0), &result);
  return result;
}

napi_value names(napi_env env, napi_callback_info) {
  napi_value list, name;
  napi_create_array(env, &list);
  for (size_t i = 0; i < variants().size(); i++) {
    napi_create_string_utf8(env, variants()[i]->name, NAPI_AUTO_LENGTH, &name);
    napi_set_element(env, list, i, name);
  }
  return list;
}

}  // namespace

NAPI_MODULE_INIT() {
  const auto add = [&](const char *name, napi_callback function) {
    napi_value value;
    napi_create_function(env, name, NAPI_AUTO_LENGTH, function, nullptr, &value);
    napi_set_named_property(env, exports, name, value);
  };
  add("variants", guarded<names>);
  add("allocate", guarded<allocate>);
  add("run", guarded<run>);
  add("reduce", guarded<reduce>);
  add("weightGram", guarded<weightGram>);
  add("weightSum", guarded<weightSum>);
  add("passes", guarded<passes>);
  add("gram", guarded<gram>);
  add("descend", guarded<descend>);
  add("peak", guarded<peak>);
  return exports;
}
