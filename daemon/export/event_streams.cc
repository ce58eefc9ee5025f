#include "daemon/export/event_streams.h"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <functional>
#include <utility>

namespace blipd {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

/// Proxies close what is silent for a minute; a browser waits forever for a peer that is gone.
constexpr std::chrono::seconds kHeartbeat{15};
constexpr std::chrono::seconds kWriteTimeout{10};
constexpr std::size_t kPiece = 64 * 1024;

}  // namespace

class EventStream : public std::enable_shared_from_this<EventStream> {
 public:
  EventStream(WebSocket socket, const ChangeFeed& feed, std::uint64_t at, std::function<void(EventStream&)> closed)
      : socket_(std::move(socket)), timer_(socket_.get_executor()), feed_(feed), at_(at), closed_(std::move(closed)) {}

  void start(std::string text) {
    watch();
    write(std::move(text));
  }
  void wake() {
    if (open_ && !writing_) next();
  }
  void close() {
    if (!std::exchange(open_, false)) return;
    timer_.cancel();
    error_code ignored;
    socket_.close(ignored);
    closed_(*this);
  }

 private:
  /// Whatever a client says here is of no interest, but that it has gone is.
  void watch() {
    socket_.async_read_some(asio::buffer(discarded_), [self = shared_from_this()](error_code error, std::size_t) {
      if (!self->open_) return;
      if (error) return self->close();
      self->watch();
    });
  }

  void next() {
    ChangeFeed::Piece piece = feed_.read(at_, kPiece);
    if (piece.gap) return close();
    at_ = piece.at;
    if (!piece.text.empty()) return write(std::move(piece.text));
    after(kHeartbeat, [](EventStream& self) {
      if (!self.writing_) self.write(": heartbeat\n\n");
    });
  }

  void write(std::string text) {
    text_ = std::move(text);
    writing_ = true;
    after(kWriteTimeout, [](EventStream& self) { self.close(); });
    asio::async_write(socket_, asio::buffer(text_), [self = shared_from_this()](error_code error, std::size_t) {
      if (!self->open_) return;
      if (error) return self->close();
      self->writing_ = false;
      self->next();
    });
  }

  void after(std::chrono::seconds pause, void (*then)(EventStream&)) {
    timer_.expires_after(pause);
    timer_.async_wait([weak = weak_from_this(), then](error_code cancelled) {
      const auto self = weak.lock();
      if (!cancelled && self && self->open_) then(*self);
    });
  }

  WebSocket socket_;
  asio::steady_timer timer_;
  const ChangeFeed& feed_;
  std::uint64_t at_;
  const std::function<void(EventStream&)> closed_;
  std::array<char, 512> discarded_{};
  std::string text_;
  bool writing_ = false;
  bool open_ = true;
};

void EventStreams::add(WebSocket socket, std::string head, std::optional<std::uint64_t> at) {
  std::string text = std::move(head) + "retry: 3000\n\n";
  std::uint64_t from = feed_.newest();
  if (at) {
    ChangeFeed::Piece piece = feed_.read(*at, kPiece);
    // A client that was away for too long must know that it has missed something.
    if (piece.gap) text += "event: gap\ndata: {}\n\n";
    text += piece.text;
    from = piece.at;
  }
  const auto closed = [this](EventStream& stream) { streams_.erase(stream.shared_from_this()); };
  const auto stream = std::make_shared<EventStream>(std::move(socket), feed_, from, closed);
  streams_.insert(stream);
  stream->start(std::move(text));
}

void EventStreams::wake() {
  const auto streams = streams_;
  for (const std::shared_ptr<EventStream>& stream : streams) stream->wake();
}

void EventStreams::close() {
  const auto streams = streams_;
  for (const std::shared_ptr<EventStream>& stream : streams) stream->close();
}

}  // namespace blipd
