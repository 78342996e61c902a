// Threads of the addon, started when first needed and kept: a call that splits its work costs about a microsecond while
// they spin, and a wake-up when they have gone to sleep. Starting threads for every call would cost 0.1 ms each.
#pragma once
#include <atomic>
#include <condition_variable>
#include <dlfcn.h>
#include <mutex>
#include <system_error>
#include <thread>

inline void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

class Pool {
 public:
  /** work(0) .. work(threads - 1), at once where there are threads; returns when all are done. */
  template <typename Work> void run(int threads, Work &work) {
    std::unique_lock<std::mutex> owner(busy, std::try_to_lock);
    if (threads <= 1 || !owner.owns_lock()) {  // another JavaScript thread has the pool
      for (int t = 0; t < threads; t++) work(t);
      return;
    }
    grow(threads - 1);
    context = &work;
    call = [](void *of, int t) { (*static_cast<Work *>(of))(t); };
    shares = threads;
    pending.store(workers, std::memory_order_relaxed);
    {
      std::lock_guard<std::mutex> lock(mutex);
      round.fetch_add(1, std::memory_order_release);
    }
    if (workers > 0) wake.notify_all();
    work(0);
    for (int t = workers + 1; t < threads; t++) work(t);
    for (int spins = 0; pending.load(std::memory_order_acquire) > 0; spins++) spins < patience ? relax() : std::this_thread::yield();
  }

  /** The pool of the process; never destroyed, since its threads outlive everything. */
  static Pool &shared() {
    static Pool *pool = new Pool;
    return *pool;
  }

 private:
  enum { patience = 4000 };

  void grow(int wanted) {
    if (workers == 0) keepLoaded();
    while (workers < wanted) {
      try {
        std::thread([this, id = workers + 1, seen = round.load()] { serve(id, seen); }).detach();
      } catch (const std::system_error &) {  // no more threads: the caller does their shares
        return;
      }
      workers++;
    }
  }

  /** This library stays in memory when the JavaScript thread that loaded it ends. */
  static void keepLoaded() {
    Dl_info info;
    if (dladdr(reinterpret_cast<void *>(&keepLoaded), &info) != 0) dlopen(info.dli_fname, RTLD_LAZY | RTLD_NODELETE);
  }

  void serve(int id, unsigned seen) {
    for (;;) {
      for (int spins = 0; spins < patience && round.load(std::memory_order_acquire) == seen; spins++) relax();
      if (round.load(std::memory_order_acquire) == seen) {
        std::unique_lock<std::mutex> lock(mutex);
        wake.wait(lock, [&] { return round.load(std::memory_order_acquire) != seen; });
      }
      seen++;
      if (id < shares) call(context, id);
      pending.fetch_sub(1, std::memory_order_release);
    }
  }

  std::mutex busy, mutex;
  std::condition_variable wake;
  std::atomic<unsigned> round{0};
  std::atomic<int> pending{0};
  int workers = 0, shares = 0;
  void *context = nullptr;
  void (*call)(void *, int) = nullptr;
};
