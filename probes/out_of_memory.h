// What happens when an allocation is refused (a limit on the address space; an overcommit policy that says no).
//
// Most of the daemon cannot go on with half of what it wanted to build. So by default the process says one line and
// ends with status 1: nothing on the disk is lost by it, and systemd starts it again. Work that can fail as a whole,
// and that the rest can do without (a reload, the answer to a request), says so and gets std::bad_alloc instead.
#pragma once

namespace blipd {

/// For the whole process, once, early in main.
void end_when_out_of_memory();

/// As long as it lives, allocations of this thread that are refused throw std::bad_alloc. With `gives_back`, those of
/// other threads meanwhile wait up to five seconds for what this one will then free.
class MayRunOutOfMemory {
 public:
  explicit MayRunOutOfMemory(bool gives_back);
  ~MayRunOutOfMemory();
  MayRunOutOfMemory(const MayRunOutOfMemory&) = delete;
  MayRunOutOfMemory& operator=(const MayRunOutOfMemory&) = delete;

 private:
  const bool before_;
  const bool gives_back_;
};

}  // namespace blipd
