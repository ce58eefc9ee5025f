#include "daemon/export/web_session.h"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace blipd {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

constexpr std::uint32_t kHeaderLimit = 16 * 1024;
constexpr std::uint64_t kBodyLimit = 64 * 1024;
constexpr std::chrono::seconds kIdleTimeout{30};
constexpr std::chrono::seconds kReloadTimeout{60};
constexpr std::chrono::seconds kLinger{1};

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

class Session final : public WebSession, public std::enable_shared_from_this<Session> {
 public:
  Session(WebSocket socket, WebSessions& sessions)
      : sessions_(sessions), stream_(std::move(socket)), reload_timer_(stream_.get_executor()) {}

  void start() override {
    error_code ignored;  // a Unix socket has no such option
    stream_.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
    read();
  }
  void finish() override {
    finishing_ = true;
    if (phase_ == Phase::reading || phase_ == Phase::lingering) abort();
  }
  void abort() override {
    if (phase_ == Phase::closed) return;
    phase_ = Phase::closed;
    reload_timer_.cancel();
    stream_.close();
    sessions_.closed(*this);
  }
  bool waiting() const override { return phase_ == Phase::reading; }
  Instant waiting_since() const override { return waiting_since_; }

 private:
  enum class Phase { reading, reloading, writing, lingering, closed };

  void read();
  void on_read(error_code error);
  void refuse(error_code error);
  void answer();
  void start_reload();
  void end_reload(const WebResponse& response, bool keep_alive);
  void write(const WebResponse& response, bool keep_alive);
  void on_written(error_code error);
  void linger();
  void discard();

  WebSessions& sessions_;
  beast::basic_stream<asio::generic::stream_protocol> stream_;
  asio::steady_timer reload_timer_;
  beast::flat_buffer buffer_{kHeaderLimit + kBodyLimit};
  std::optional<http::request_parser<http::string_body>> parser_;
  std::string head_;
  Body body_;
  Phase phase_ = Phase::reading;
  Instant waiting_since_{};
  bool keep_alive_ = false;
  bool finishing_ = false;
};

// One deadline covers the wait and the whole request, so that a client that sends a byte now and then is not waited for
// any longer than one that sends nothing.
void Session::read() {
  phase_ = Phase::reading;
  waiting_since_ = BootClock::now();
  parser_.emplace();
  parser_->header_limit(kHeaderLimit);
  parser_->body_limit(kBodyLimit);
  stream_.expires_after(kIdleTimeout);
  http::async_read(stream_, buffer_, *parser_,
                   [self = shared_from_this()](error_code error, std::size_t) { self->on_read(error); });
}

void Session::on_read(error_code error) {
  if (phase_ != Phase::reading) return;
  if (error) return refuse(error);
  try {
    answer();
  } catch (const std::exception& e) {
    write(plain_response(500, std::string("Internal error: ") + e.what()), false);
  }
}

void Session::refuse(error_code error) {
  const bool spoke_badly = error.category() == http::make_error_code(http::error::bad_method).category();
  if (!spoke_badly || error == http::error::end_of_stream || error == http::error::partial_message) return abort();
  if (error == http::error::header_limit) {
    write(plain_response(431, "The header of the request is longer than 16 KiB."), false);
  } else if (error == http::error::body_limit) {
    write(plain_response(413, "The body of the request is longer than 64 KiB."), false);
  } else {
    write(plain_response(400, "Bad request: " + error.message() + '.'), false);
  }
}

void Session::answer() {
  const auto& message = parser_->get();
  std::string accept_encoding;
  const auto fields = message.equal_range(http::field::accept_encoding);
  for (auto field = fields.first; field != fields.second; ++field) {
    if (!accept_encoding.empty()) accept_encoding += ',';
    accept_encoding += view(field->value());
  }
  const std::optional<WebResponse> response =
      sessions_.routes.answer({view(message.method_string()), view(message.target()), accept_encoding});
  if (!response) return start_reload();
  write(*response, message.keep_alive());
}

void Session::start_reload() {
  phase_ = Phase::reloading;
  reload_timer_.expires_after(kReloadTimeout);
  reload_timer_.async_wait([self = shared_from_this()](error_code error) {
    // Not kept alive: the late end of this reload must not answer a later one.
    if (!error) self->end_reload(plain_response(500, "The reload is still under way after 60 seconds."), false);
  });
  sessions_.environment.reload([queue = sessions_.queue, weak = weak_from_this()](std::string error) {
    asio::post(*queue, [weak, error = std::move(error)] {
      if (const auto self = weak.lock()) self->end_reload(Routes::reload_response(error), true);
    });
  });
}

void Session::end_reload(const WebResponse& response, bool keep_alive) {
  if (phase_ != Phase::reloading) return;
  reload_timer_.cancel();
  write(response, keep_alive && parser_->get().keep_alive());
}

void Session::write(const WebResponse& response, bool keep_alive) {
  phase_ = Phase::writing;
  keep_alive_ = keep_alive && !finishing_;
  const auto& message = parser_->get();
  head_ = response_head(response, {keep_alive_, message.version() < 11}, std::chrono::system_clock::now());
  body_ = response.body;
  const bool only_head = message.method() == http::verb::head;
  if (sessions_.environment.log) {
    sessions_.environment.log(std::string(view(message.method_string())) + ' ' + std::string(view(message.target())) +
                              ' ' + std::to_string(response.status) + ' ' + std::to_string(body_->size()));
  }
  const std::array<asio::const_buffer, 2> buffers{asio::buffer(head_),
                                                  only_head ? asio::const_buffer() : asio::buffer(*body_)};
  stream_.expires_after(kIdleTimeout);
  asio::async_write(stream_, buffers,
                    [self = shared_from_this()](error_code error, std::size_t) { self->on_written(error); });
}

void Session::on_written(error_code error) {
  if (phase_ != Phase::writing) return;
  body_ = nullptr;
  if (error) return abort();
  if (!keep_alive_) return linger();
  if (finishing_) return abort();
  read();
}

// Closing with unread input makes the kernel send a reset, which may overtake the answer (RFC 9112 section 9.6).
void Session::linger() {
  if (finishing_) return abort();
  phase_ = Phase::lingering;
  error_code ignored;
  stream_.socket().shutdown(WebSocket::shutdown_send, ignored);
  stream_.expires_after(kLinger);
  discard();
}

void Session::discard() {
  buffer_.clear();
  stream_.async_read_some(buffer_.prepare(4096), [self = shared_from_this()](error_code error, std::size_t) {
    if (self->phase_ != Phase::lingering) return;
    if (error) return self->abort();
    self->discard();
  });
}

}  // namespace

std::shared_ptr<WebSession> WebSession::create(WebSocket socket, WebSessions& sessions) {
  return std::make_shared<Session>(std::move(socket), sessions);
}

}  // namespace blipd
