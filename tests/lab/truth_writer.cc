#include "tests/lab/truth_writer.h"

#include <cstdio>
#include <utility>

namespace blipd::lab {

TruthWriter::TruthWriter(std::string path, std::uint64_t seed) : path_(std::move(path)), seed_(seed) {
  if (!path_.empty()) thread_ = std::thread([this] { run(); });
}

TruthWriter::~TruthWriter() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void TruthWriter::write(const Truth& truth, Elapsed elapsed, bool complete) {
  if (path_.empty()) return;
  {
    const std::lock_guard lock(mutex_);
    job_ = Job{truth, elapsed, complete};
  }
  wake_.notify_one();
}

void TruthWriter::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return job_ || ending_; });
    if (!job_) return;
    const Job job = std::move(*job_);
    job_.reset();
    lock.unlock();
    const auto written = write_file_atomically(path_, truth_json(job.truth, seed_, job.elapsed, job.complete));
    if (!written) std::fprintf(stderr, "blipd-lab: %s\n", written.error().message.c_str());
    lock.lock();
  }
}

}  // namespace blipd::lab
