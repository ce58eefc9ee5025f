// Writes the truth to its file on a thread of its own: a slow disk must not delay the lab's answers.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "tests/lab/truth.h"

namespace blipd::lab {

class TruthWriter {
 public:
  /// An empty `path` writes nothing.
  TruthWriter(std::string path, std::uint64_t seed);
  /// Writes what is left.
  ~TruthWriter();
  TruthWriter(const TruthWriter&) = delete;
  TruthWriter& operator=(const TruthWriter&) = delete;

  /// Hands a copy over. If the thread is still busy with an older one, only the newest is written next.
  void write(const Truth& truth, Elapsed elapsed, bool complete);

 private:
  struct Job {
    Truth truth;
    Elapsed elapsed{};
    bool complete = false;
  };
  void run();

  const std::string path_;
  const std::uint64_t seed_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::optional<Job> job_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace blipd::lab
