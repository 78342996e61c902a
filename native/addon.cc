// N-API addon: the kernels of program.h with threads, one arena in huge pages, and the instruction set chosen at run
// time. Built by scripts/build-addon.mjs. Sizes and offsets are checked by the caller (src/kernels/finite/engine).
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <node_api.h>
#include <sys/mman.h>
#include <system_error>
#include <thread>
#include <vector>

#include "chunks.h"
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
  const Variant &variant() { return *variants()[integer()]; }

  napi_env env;

 private:
  size_t count = 12, next = 0;
  napi_value values[12] = {};
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
template <typename Work> void parallel(int threads, Work work) {
  std::vector<std::thread> others;
  for (int t = 1; t < threads; t++) {
    try {
      others.emplace_back(work, t);
    } catch (const std::system_error &) {  // no more threads: its share is done here
      work(t);
    }
  }
  work(0);
  for (auto &thread : others) thread.join();
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
  parallel(threads, [=, &kernels](int t) {
    const long count = s1 - s0;
    kernels.run(program, words, A, act, S, s0 + count * t / threads, s0 + count * (t + 1) / threads, byInstruction);
  });
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
  const int wanted = std::max(1l, call.integer());
  const long channels = args[3], rows = (long)args[2] * args[9];
  const Chunks chunks = chunksOf(rows, channels, n);
  const int threads = std::min<long>(wanted, chunks.count);
  float *space = scratch(chunks.floats * threads);
  if (!space) {
    napi_throw_error(env, "limit", "out of memory");
    return nullptr;
  }
  std::vector<std::vector<double>> others(threads - 1, std::vector<double>((size_t)n * n));
  parallel(threads, [&](int t) {
    for (long chunk = t; chunk < chunks.count; chunk += threads) {
      const long first = chunk * chunks.perChunk, last = std::min(rows, first + chunks.perChunk);
      kernels.weightGram(args, A, act, S, n, first, last, t == 0 ? K : others[t - 1].data(), space + t * chunks.floats);
    }
  });
  for (auto &other : others)
    for (size_t i = 0; i < other.size(); i++) K[i] += other[i];
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
  const int panel = 16, panels = (n + panel - 1) / panel, threads = std::max(1l, std::min(call.integer(), (long)panels));
  std::atomic<int> left{panels};
  parallel(threads, [&](int) {
    for (int p; (p = --left) >= 0;) kernels.gram(X, n, ld, k, K, scale, p * panel, std::min(n, (p + 1) * panel));
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
  add("gram", guarded<gram>);
  add("peak", guarded<peak>);
  return exports;
}
