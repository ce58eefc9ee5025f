// A first-in first-out queue that allocates only while it grows.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace blipd {

template <class T>
class RingQueue {
 public:
  bool empty() const { return first_ == end_; }
  std::size_t size() const { return end_ - first_; }
  /// The oldest; only while not empty.
  const T& front() const { return items_[first_ & (items_.size() - 1)]; }
  void pop_front() { ++first_; }
  void push_back(T item) {
    if (size() == items_.size()) grow();
    items_[end_++ & (items_.size() - 1)] = std::move(item);
  }

 private:
  void grow() {
    std::vector<T> larger(items_.empty() ? 16 : items_.size() * 2);
    for (std::size_t i = first_; i != end_; ++i) larger[i - first_] = std::move(items_[i & (items_.size() - 1)]);
    end_ -= first_;
    first_ = 0;
    items_ = std::move(larger);
  }

  std::vector<T> items_;  ///< the size is a power of two
  std::size_t first_ = 0;
  std::size_t end_ = 0;
};

}  // namespace blipd
