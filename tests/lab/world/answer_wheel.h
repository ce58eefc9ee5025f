// Answers that wait for their time, in constant time each: a hierarchical timing wheel over buffers that are used again
// and again.
//
// Time is cut into ticks of 16.384 us. An answer lies in a slot of one of seven wheels of 256 slots each. The first
// wheel has a slot for each tick of the current stretch of 256 ticks; the second one a slot for each stretch of the
// current 65,536 ticks; and so on. When the time comes to a slot of an upper wheel, its answers are dealt to the wheels
// below. So an answer moves at most six times, and mostly once or twice, however many others wait. Which slots hold
// something is kept in bits, so that empty ones cost nothing.
//
// An answer never leaves before its time, and becomes due at most a tick behind it. Those of one tick leave in the
// order in which they came.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "tests/lab/ip_packet.h"
#include "tests/lab/scenario.h"

namespace blipd::lab {

class AnswerWheel {
 public:
  static constexpr unsigned kTickBits = 14;
  static constexpr Elapsed kTick{std::int64_t{1} << kTickBits};
  /// So many answers may wait at once unless said otherwise: at 100,000 a second for 2.6 s.
  static constexpr std::size_t kMost = std::size_t{1} << 18U;

  explicit AnswerWheel(std::size_t most = kMost) : most_(most) {}

  /// Where the next answer is to be written, `kMtu` octets; empty if `most` wait. The same until `push`.
  std::span<std::uint8_t> room();
  /// What was written to `room` waits until `at`, which is not below zero.
  void push(std::size_t size, Elapsed at);

  /// The next answer whose time has come; good until the next call of anything here. Empty if there is none. Times do
  /// not go back.
  std::span<const std::uint8_t> pop_due(Elapsed now);
  /// When to ask again at the latest; nothing is due before. Nullopt if nothing waits.
  std::optional<Elapsed> next_at() const;
  std::size_t waiting() const { return waiting_; }

 private:
  static constexpr std::uint32_t kNone = 0xffffffffU;
  static constexpr unsigned kLevels = 7;  // 56 bits of ticks: more than 64 bits of nanoseconds
  static constexpr unsigned kSlotBits = 8;
  static constexpr std::size_t kSlots = std::size_t{1} << kSlotBits;
  static constexpr std::size_t kChunk = 1024;

  struct Answer {
    std::uint64_t tick;
    std::uint32_t next;
    std::uint32_t size;
    std::array<std::uint8_t, kMtu> bytes;
  };
  struct List {
    std::uint32_t first = kNone;
    std::uint32_t last = kNone;
  };
  struct Wheel {
    std::array<List, kSlots> slots;
    std::array<std::uint64_t, kSlots / 64> occupied{};
  };
  struct Place {
    unsigned level = 0;
    std::size_t slot = 0;
    std::uint64_t tick = 0;  ///< the first of the slot
  };

  Answer& at(std::uint32_t number) { return chunks_[number / kChunk][number % kChunk]; }
  void append(List& list, std::uint32_t number);
  void place(std::uint32_t number);
  std::optional<Place> earliest() const;
  void advance(std::uint64_t tick);
  void free(std::uint32_t number);

  std::size_t most_;
  std::vector<std::unique_ptr<Answer[]>> chunks_;
  std::uint32_t free_ = kNone;   ///< the first of those that are not in use
  std::uint32_t room_ = kNone;   ///< handed out by `room`
  std::uint32_t shown_ = kNone;  ///< handed out by `pop_due`
  std::array<Wheel, kLevels> wheels_;
  List due_;
  std::uint64_t tick_ = 0;  ///< how far time has come
  std::size_t waiting_ = 0;
};

}  // namespace blipd::lab
