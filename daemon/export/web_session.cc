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
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "daemon/export/event_streams.h"
#include "probes/out_of_memory.h"

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
constexpr std::chrono::seconds kHostsTimeout{10};
constexpr std::chrono::seconds kLinger{1};

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

class Session final : public WebSession, public std::enable_shared_from_this<Session> {
 public:
  Session(WebSocket socket, WebSessions& sessions)
      : sessions_(sessions), stream_(std::move(socket)), patience_(stream_.get_executor()) {}

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
    patience_.cancel();
    stream_.close();
    sessions_.closed(*this);
  }
  bool waiting() const override { return phase_ == Phase::reading; }
  Instant waiting_since() const override { return waiting_since_; }

 private:
  enum class Phase { reading, asking, writing, lingering, closed };

  void read();
  void on_read(error_code error);
  void refuse(error_code error);
  void answer();
  void ask_reload();
  void ask_hosts(const HostsQuestion& question);
  void become_stream(const StreamQuestion& question);
  void wait(std::chrono::seconds patience, const std::string& in_vain);
  template <class MakeResponse>
  static void answer_later(asio::io_context& queue, const std::weak_ptr<Session>& asker, std::uint64_t question,
                           MakeResponse make);
  bool waits_for(std::uint64_t question) const { return phase_ == Phase::asking && question_ == question; }
  void write(const WebResponse& response, bool keep_alive);
  void on_written(error_code error);
  void linger();
  void discard();

  WebSessions& sessions_;
  beast::basic_stream<asio::generic::stream_protocol> stream_;
  asio::steady_timer patience_;
  beast::flat_buffer buffer_{kHeaderLimit + kBodyLimit};
  std::optional<http::request_parser<http::string_body>> parser_;
  std::string head_;
  Body body_;
  Phase phase_ = Phase::reading;
  std::uint64_t question_ = 0;  // the one that is asked, so that a late answer to another is told apart
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
    const MayRunOutOfMemory may_fail(true);
    answer();
  } catch (const std::bad_alloc&) {
    write(Routes::no_memory_response(), false);
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
  const auto last_event_id = message.find("Last-Event-ID");
  const WebAnswer given =
      sessions_.routes.answer({view(message.method_string()), view(message.target()), accept_encoding,
                               last_event_id == message.end() ? std::string_view() : view(last_event_id->value()),
                               view(message[http::field::host])});
  if (const auto* response = std::get_if<WebResponse>(&given)) return write(*response, message.keep_alive());
  if (const auto* hosts = std::get_if<HostsQuestion>(&given)) return ask_hosts(*hosts);
  if (const auto* stream = std::get_if<StreamQuestion>(&given)) return become_stream(*stream);
  ask_reload();
}

void Session::ask_reload() {
  wait(kReloadTimeout, "The reload is still under way after 60 seconds.");
  sessions_.environment.reload([queue = sessions_.queue, weak = weak_from_this(), id = question_](std::string error) {
    answer_later(*queue, weak, id, [error = std::move(error)] { return Routes::reload_response(error); });
  });
}

void Session::ask_hosts(const HostsQuestion& question) {
  wait(kHostsTimeout, "The probing thread has not answered in 10 seconds.");
  sessions_.environment.targets(
      question.network, question.range,
      [queue = sessions_.queue, weak = weak_from_this(), id = question_, question](std::optional<TargetList> list) {
        answer_later(*queue, weak, id,
                     [question, list = std::move(list)] { return Routes::hosts_response(question, list); });
      });
}

void Session::wait(std::chrono::seconds patience, const std::string& in_vain) {
  phase_ = Phase::asking;
  patience_.expires_after(patience);
  patience_.async_wait([self = shared_from_this(), id = ++question_, in_vain](error_code error) {
    if (!error && self->waits_for(id)) self->write(plain_response(500, in_vain), false);
  });
}

/// On any thread; the response is made on the web thread.
template <class MakeResponse>
void Session::answer_later(asio::io_context& queue, const std::weak_ptr<Session>& asker, std::uint64_t question,
                           MakeResponse make) {
  asio::post(queue, [asker, question, make = std::move(make)] {
    const auto self = asker.lock();
    if (!self || !self->waits_for(question)) return;
    self->patience_.cancel();
    try {
      const MayRunOutOfMemory may_fail(true);
      self->write(make(), self->parser_->get().keep_alive());
    } catch (const std::bad_alloc&) {
      self->write(Routes::no_memory_response(), false);
    }
  });
}

void Session::become_stream(const StreamQuestion& question) {
  if (parser_->get().method() == http::verb::head) return write(question.response, false);
  if (finishing_ || !sessions_.streams.has_room()) {
    return write(plain_response(503, "Too many clients follow the stream already."), false);
  }
  phase_ = Phase::closed;
  std::string head = stream_head(question.response, std::chrono::system_clock::now());
  stream_.expires_never();
  sessions_.streams.add(stream_.release_socket(), std::move(head), question.at);
  sessions_.closed(*this);
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
