#include "daemon/config/whole_file.h"

#include <cerrno>
#include <cstdio>
#include <memory>
#include <utility>

#include "probes/option_reader.h"

namespace blipd {
namespace {

struct CloseFile {
  void operator()(std::FILE* file) const { (void)std::fclose(file); }
};

}  // namespace

Result<std::string> read_whole_file(const std::string& path, std::size_t largest) {
  const std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "re"));
  if (!file) return Error{"cannot open " + in_quotes(path) + ": " + describe_errno(errno)};
  constexpr std::size_t kChunk = 1U << 20U;
  std::string text;
  for (;;) {
    const std::size_t before = text.size();
    text.resize(before + kChunk);
    const std::size_t got = std::fread(text.data() + before, 1, kChunk, file.get());
    const int error = errno;
    text.resize(before + got);
    if (std::ferror(file.get()) != 0) return Error{"cannot read " + in_quotes(path) + ": " + describe_errno(error)};
    if (text.size() > largest) {
      return Error{in_quotes(path) + " is larger than " + std::to_string(largest >> 20U) + " MiB"};
    }
    if (got == 0) return Result<std::string>(boost::system::in_place_value, std::move(text));
  }
}

}  // namespace blipd
