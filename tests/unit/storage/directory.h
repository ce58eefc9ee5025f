// A directory of one test, and values to put into it.
#pragma once

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "daemon/storage/stable_key.h"
#include "daemon/storage/storage.h"

namespace storage_test {

using namespace blipd;
using namespace std::chrono_literals;

inline const WallTime kNow = WallTime(std::chrono::seconds(1'764'000'000));

class Directory {
 public:
  Directory() {
    std::string name = (std::filesystem::temp_directory_path() / "blipd-storage-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~Directory() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  const std::string& path() const { return path_; }
  std::string file() const { return path_ + "/blipd.db"; }
  /// Names of files that begin with `prefix`, sorted.
  std::vector<std::string> names(const std::string& prefix) const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(path_)) {
      const std::string name = entry.path().filename().string();
      if (name.starts_with(prefix)) names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    return names;
  }
  std::string bytes() const {
    std::ifstream in(file(), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void set_bytes(const std::string& bytes) const { std::ofstream(file(), std::ios::binary | std::ios::trunc) << bytes; }

 private:
  std::string path_;
};

inline LoggedEvent event(std::uint64_t id, const std::string& network, WallTime start,
                         std::optional<WallTime> end = std::nullopt) {
  LoggedEvent event;
  event.id = id;
  event.vantage = "fra1";
  event.facts.network = network;
  event.start = start;
  event.detected_at = start + 3s;
  event.end = end;
  return event;
}

inline LoggedEventPtr shared(LoggedEvent event) { return std::make_shared<const LoggedEvent>(std::move(event)); }

inline bool never() { return false; }

/// A storage on a directory that keeps its notices.
struct Kept {
  explicit Kept(const std::string& directory, StorageLimits limits = {})
      : storage({directory, limits, [this](const StorageNotice& notice) { notices.push_back(notice); }}) {}
  bool work(WallTime now = kNow) { return storage.work(now, never); }
  std::uint64_t errors(StorageFault fault) const { return storage.status().errors[static_cast<std::size_t>(fault)]; }

  std::vector<StorageNotice> notices;
  Storage storage;
};

}  // namespace storage_test
