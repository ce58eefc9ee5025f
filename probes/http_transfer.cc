#include "probes/http_transfer.h"

#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <string_view>
#include <utility>

#include "probes/socket_address.h"

namespace blipd {
namespace {

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, FreeList>;

bool append(List& list, const std::string& text) {
  curl_slist* longer = curl_slist_append(list.get(), text.c_str());
  if (longer == nullptr) return false;
  static_cast<void>(list.release());
  list.reset(longer);
  return true;
}

/// Sets options until one fails.
class Setter {
 public:
  explicit Setter(CURL* handle) : handle_(handle) {}
  template <class T>
  Setter& set(CURLoption option, T value) {
    if (ok_) ok_ = curl_easy_setopt(handle_, option, value) == CURLE_OK;
    return *this;
  }
  bool ok() const { return ok_; }

 private:
  CURL* handle_;
  bool ok_ = true;
};

template <class T>
T info(CURL* handle, CURLINFO which) {
  T value{};
  curl_easy_getinfo(handle, which, &value);
  return value;
}

std::chrono::microseconds time_of(CURL* handle, CURLINFO which) {
  return std::chrono::microseconds(info<curl_off_t>(handle, which));
}

HttpTimes times_of(CURL* handle) {
  return {time_of(handle, CURLINFO_NAMELOOKUP_TIME_T), time_of(handle, CURLINFO_CONNECT_TIME_T),
          time_of(handle, CURLINFO_APPCONNECT_TIME_T), time_of(handle, CURLINFO_PRETRANSFER_TIME_T),
          time_of(handle, CURLINFO_STARTTRANSFER_TIME_T)};
}

HttpWhole whole_of(CURL* handle) {
  return {static_cast<std::size_t>(info<long>(handle, CURLINFO_REDIRECT_COUNT)),
          time_of(handle, CURLINFO_REDIRECT_TIME_T), time_of(handle, CURLINFO_TOTAL_TIME_T)};
}

/// With the ciphers that old versions need and that OpenSSL keeps shut by default.
constexpr const char* kCiphersOfOldVersions = "DEFAULT@SECLEVEL=0";

long ssl_version(TlsVersion version) {
  switch (version) {
    case TlsVersion::tls10:
      return CURL_SSLVERSION_TLSv1_0;
    case TlsVersion::tls11:
      return CURL_SSLVERSION_TLSv1_1;
    case TlsVersion::tls12:
      return CURL_SSLVERSION_TLSv1_2;
    case TlsVersion::tls13:
      return CURL_SSLVERSION_TLSv1_3;
  }
  return CURL_SSLVERSION_TLSv1_2;
}

unsigned http_version(CURL* handle) {
  switch (info<long>(handle, CURLINFO_HTTP_VERSION)) {
    case CURL_HTTP_VERSION_1_0:
      return 10;
    case CURL_HTTP_VERSION_1_1:
      return 11;
    case CURL_HTTP_VERSION_2_0:
      return 20;
    default:
      return 0;
  }
}

bool is_https(CURL* handle) {
  const char* scheme = info<const char*>(handle, CURLINFO_SCHEME);
  // Upper case in some versions of curl.
  return scheme != nullptr && (std::string_view(scheme) == "https" || std::string_view(scheme) == "HTTPS");
}

/// The errno with which our kernel refuses to send to `to` now. Sends nothing.
int route_error(const Address& to) {
  const int descriptor = ::socket(to.is_v4() ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return errno;
  SocketAddress address;
  const socklen_t length = to_socket_address(to, 9, address);
  const int error = ::connect(descriptor, &address.base, length) == 0 ? 0 : errno;
  ::close(descriptor);
  return error;
}

bool has_header(const HttpOptions& options, std::string_view name) {
  return std::any_of(options.headers.begin(), options.headers.end(), [name](const std::string& header) {
    return header.size() > name.size() && curl_strnequal(header.data(), name.data(), name.size()) != 0 &&
           (header[name.size()] == ':' || header[name.size()] == ';');
  });
}

}  // namespace

struct HttpTransfer::Lists {
  List headers;
  List connect_to;
};

/// What curl calls, with the transfer as its user data.
struct HttpTransfer::Callbacks {
  static std::size_t header(char* data, std::size_t size, std::size_t count, void* user) {
    auto* self = static_cast<HttpTransfer*>(user);
    const std::string_view line(data, size * count);
    self->response_begun_ = true;
    if (line.starts_with("HTTP/")) self->phases_.take(times_of(self->handle_), is_https(self->handle_));
    if (self->response_.add_header(line)) return line.size();
    self->too_long_ = true;
    return 0;
  }

  static std::size_t body(char* data, std::size_t size, std::size_t count, void* user) {
    auto* self = static_cast<HttpTransfer*>(user);
    const std::string_view bytes(data, size * count);
    HttpSurroundings& surroundings = self->surroundings_;
    surroundings.kept -= self->response_.kept();
    self->too_long_ = !self->response_.add_body(bytes);
    surroundings.kept += self->response_.kept();
    self->out_of_memory_ = surroundings.kept > HttpSurroundings::kMostKept;
    return self->too_long_ || self->out_of_memory_ ? 0 : bytes.size();
  }

  static curl_socket_t open(void* user, curlsocktype, curl_sockaddr* address) {
    auto* self = static_cast<HttpTransfer*>(user);
    self->asked_ = from_socket_address(&address->addr);
    return self->open_socket(address->family, address->socktype, address->protocol);
  }

  static CURLcode ssl(CURL*, void* context, void* user) {
    auto* self = static_cast<HttpTransfer*>(user);
    return self->task_.options->tls->set_up(context, self->exchange_.certificate_expiry) ? CURLE_OK
                                                                                         : CURLE_SSL_CERTPROBLEM;
  }
};

HttpResult unsent_result(const HttpTask& task, int error, Instant now) {
  HttpResult result;
  result.answer.kind = AnswerKind::unsent;
  result.answer.error = error;
  result.answer.slot = task.slot;
  result.answer.number = task.number;
  result.answer.from = task.to;
  result.answer.to = task.to;
  result.answer.received = now;
  return result;
}

HttpTransfer::HttpTransfer(void* handle, HttpSurroundings& surroundings, HttpTask task)
    : handle_(handle),
      surroundings_(surroundings),
      task_(std::move(task)),
      lists_(std::make_unique<Lists>()),
      response_(*task_.options) {}

HttpTransfer::~HttpTransfer() { surroundings_.kept -= response_.kept(); }

bool HttpTransfer::prepare(Duration left) {
  const long milliseconds = static_cast<long>(std::chrono::ceil<std::chrono::milliseconds>(left).count());
  return Setter(handle_)
             .set(CURLOPT_PRIVATE, this)
             .set(CURLOPT_NOSIGNAL, 1L)
             // A name that resolves slowly does not hold up the thread when the time is up.
             .set(CURLOPT_QUICK_EXIT, 1L)
             .set(CURLOPT_TIMEOUT_MS, milliseconds)
             .set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds)
             .ok() &&
         set_request() && set_connection();
}

bool HttpTransfer::set_request() {
  const HttpOptions& options = *task_.options;
  const HttpAim aim = options.url.aim(task_.host, task_.to, options.names);
  List& headers = lists_->headers;
  bool listed = true;
  for (const std::string& header : options.headers) listed = listed && append(headers, header);
  if (!aim.host_header.empty()) listed = listed && append(headers, "Host: " + aim.host_header);
  // Nothing is sent that was not asked for: no type that curl guesses, no question whether the body is wanted.
  if (!options.body.empty() && !has_header(options, "Content-Type"))
    listed = listed && append(headers, "Content-Type:");
  if (!has_header(options, "Expect")) listed = listed && append(headers, "Expect:");
  for (const std::string& entry : aim.connect_to) listed = listed && append(lists_->connect_to, entry);
  if (!listed) return false;

  Setter setter(handle_);
  setter.set(CURLOPT_URL, aim.url.c_str())
      .set(CURLOPT_CONNECT_TO, lists_->connect_to.get())
      .set(CURLOPT_HTTPHEADER, headers.get())
      .set(CURLOPT_USERAGENT, surroundings_.user_agent.c_str())
      .set(CURLOPT_PROTOCOLS_STR, "http,https")
      .set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https")
      .set(CURLOPT_FOLLOWLOCATION, options.follow_redirects ? 1L : 0L)
      .set(CURLOPT_MAXREDIRS, options.max_redirects)
      .set(CURLOPT_HTTP_VERSION, options.http2 ? long{CURL_HTTP_VERSION_2TLS} : long{CURL_HTTP_VERSION_1_1});
  if (options.method == "HEAD") {
    setter.set(CURLOPT_NOBODY, 1L);
  } else if (options.method == "POST") {
    setter.set(CURLOPT_POST, 1L);
  } else if (options.method != "GET" || !options.body.empty()) {
    setter.set(CURLOPT_CUSTOMREQUEST, options.method.c_str());
  }
  if (options.method == "POST" || !options.body.empty()) {
    setter.set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(options.body.size()))
        .set(CURLOPT_POSTFIELDS, options.body.c_str());
  }
  if (!options.username.empty()) {
    setter.set(CURLOPT_HTTPAUTH, CURLAUTH_BASIC)
        .set(CURLOPT_USERNAME, options.username.c_str())
        .set(CURLOPT_PASSWORD, options.password.c_str());
  } else if (!options.bearer_token.empty()) {
    setter.set(CURLOPT_HTTPAUTH, CURLAUTH_BEARER).set(CURLOPT_XOAUTH2_BEARER, options.bearer_token.c_str());
  }
  return setter.ok();
}

bool HttpTransfer::set_connection() {
  const HttpOptions& options = *task_.options;
  Setter setter(handle_);
  setter.set(CURLOPT_FRESH_CONNECT, 1L)
      .set(CURLOPT_FORBID_REUSE, 1L)
      .set(CURLOPT_PROXY, options.proxy_url.c_str())
      .set(CURLOPT_NOPROXY, "")
      // Also for http: a proxy that is given the URL would look up the name itself and ask another address.
      .set(CURLOPT_HTTPPROXYTUNNEL, options.proxy_url.empty() ? 0L : 1L)
      .set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L)
      .set(CURLOPT_HEADERFUNCTION, &Callbacks::header)
      .set(CURLOPT_HEADERDATA, this)
      .set(CURLOPT_WRITEFUNCTION, &Callbacks::body)
      .set(CURLOPT_WRITEDATA, this)
      .set(CURLOPT_OPENSOCKETFUNCTION, &Callbacks::open)
      .set(CURLOPT_OPENSOCKETDATA, this)
      // The store of the module takes the place of curl's, which would be read again for every connection.
      .set(CURLOPT_CAINFO, static_cast<const char*>(nullptr))
      .set(CURLOPT_CAPATH, static_cast<const char*>(nullptr))
      .set(CURLOPT_CA_CACHE_TIMEOUT, 0L)
      .set(CURLOPT_SSL_CTX_FUNCTION, &Callbacks::ssl)
      .set(CURLOPT_SSL_CTX_DATA, this)
      // A resumed session shows no certificate.
      .set(CURLOPT_SSL_SESSIONID_CACHE, 0L)
      .set(CURLOPT_SSL_VERIFYPEER, options.insecure_skip_verify ? 0L : 1L)
      .set(CURLOPT_SSL_VERIFYHOST, options.insecure_skip_verify ? 0L : 2L)
      .set(CURLOPT_SSLVERSION, ssl_version(options.min_version));
  if (options.min_version < TlsVersion::tls12) setter.set(CURLOPT_SSL_CIPHER_LIST, kCiphersOfOldVersions);
  return setter.ok();
}

int HttpTransfer::open_socket(int family, int type, int protocol) {
  const int descriptor = ::socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
  socket_error_ = descriptor < 0 ? errno : tie_to_source(descriptor, family);
  if (socket_error_ == 0) return descriptor;
  if (descriptor >= 0) ::close(descriptor);
  return CURL_SOCKET_BAD;
}

/// 0 or an errno.
int HttpTransfer::tie_to_source(int descriptor, int family) const {
  const std::string& interface = surroundings_.interface;
  if (!interface.empty() && ::setsockopt(descriptor, SOL_SOCKET, SO_BINDTODEVICE, interface.data(),
                                         static_cast<socklen_t>(interface.size())) != 0) {
    return errno;
  }
  const std::optional<Address>& source = family == AF_INET ? surroundings_.source4 : surroundings_.source6;
  if (!source) return 0;
  // The port is chosen when the destination is known: many more connections fit.
  const int one = 1;
  ::setsockopt(descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
  SocketAddress address;
  const socklen_t length = to_socket_address(*source, 0, address);
  return ::bind(descriptor, &address.base, length) == 0 ? 0 : errno;
}

HttpEnd HttpTransfer::describe_end(int code, bool held_up) const {
  HttpEnd end;
  end.code = code;
  end.os_error = static_cast<int>(info<long>(handle_, CURLINFO_OS_ERRNO));
  end.socket_error = socket_error_;
  end.v6 = !asked_.is_v4();
  if (code == CURLE_COULDNT_CONNECT && socket_error_ == 0) end.route_error = route_error(asked_);
  end.looking_up = phases_.last() == HttpPhase::resolve;
  end.connected = time_of(handle_, CURLINFO_CONNECT_TIME_T).count() > 0;
  end.response_begun = response_begun_ || time_of(handle_, CURLINFO_STARTTRANSFER_TIME_T).count() > 0;
  end.too_long = too_long_;
  end.out_of_memory = out_of_memory_;
  end.held_up = held_up;
  end.proxy = !task_.options->proxy_url.empty();
  end.proxy_status = info<long>(handle_, CURLINFO_HTTP_CONNECTCODE);
  return end;
}

HttpResult HttpTransfer::finish(int code, Instant now, bool held_up) {
  phases_.close(times_of(handle_), is_https(handle_), whole_of(handle_));
  exchange_.phases = phases_.all();
  exchange_.status = static_cast<unsigned>(info<long>(handle_, CURLINFO_RESPONSE_CODE));
  HttpResult result = unsent_result(task_, 0, now);
  result.exchange = exchange_;
  HttpOutcome outcome{AnswerKind::reply, {}, 0};
  if (code != CURLE_OK) {
    outcome = outcome_of(describe_end(code, held_up));
  } else if (const auto reason = response_.why_not_valid(exchange_.status, http_version(handle_), is_https(handle_))) {
    outcome = {AnswerKind::failure, *reason, 0};
  }
  result.answer.kind = outcome.kind;
  result.answer.reason = outcome.reason;
  result.answer.error = outcome.error;
  return result;
}

}  // namespace blipd
