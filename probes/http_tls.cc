#include "probes/http_tls.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <limits>
#include <utility>
#include <vector>

namespace blipd {
namespace {

template <auto free_function>
struct Free {
  template <class T>
  void operator()(T* object) const {
    free_function(object);
  }
};
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Store = std::unique_ptr<X509_STORE, Free<X509_STORE_free>>;
using Memory = std::unique_ptr<BIO, Free<BIO_free_all>>;

Memory memory_of(const std::string& text) {
  constexpr std::size_t kMost = std::numeric_limits<int>::max();
  return Memory(text.size() > kMost ? nullptr : BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

/// A key with a passphrase is refused: nobody is there to type it.
int no_passphrase(char*, int, int, void*) { return -1; }

std::vector<Certificate> certificates_in(const std::string& pem) {
  std::vector<Certificate> found;
  const Memory memory = memory_of(pem);
  while (memory) {
    Certificate certificate(PEM_read_bio_X509(memory.get(), nullptr, no_passphrase, nullptr));
    if (!certificate) break;
    found.push_back(std::move(certificate));
  }
  ERR_clear_error();
  return found;
}

/// As curl sets its own store: any certificate that is trusted ends a chain, also one that is not self-signed.
Store new_store() {
  Store store(X509_STORE_new());
  if (store) X509_STORE_set_flags(store.get(), X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN);
  return store;
}

std::optional<WallTime> end_of(const X509* certificate) {
  std::tm end{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) != 1) return std::nullopt;
  constexpr auto kLast = std::chrono::floor<std::chrono::seconds>(WallTime::max().time_since_epoch());
  const std::chrono::seconds seconds(::timegm(&end));
  return WallTime(std::min(seconds, kLast));
}

void note_end(const X509* certificate, std::optional<WallTime>& earliest) {
  if (certificate == nullptr) return;
  const std::optional<WallTime> end = end_of(certificate);
  if (end && (!earliest || *end < *earliest)) earliest = end;
}

/// Where an SSL_CTX keeps the address of its `expiry`.
int expiry_index() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

/// Called by OpenSSL at least once for each chain, also if nothing is verified. Leaves its verdict as it is.
int note_chain(int verdict, X509_STORE_CTX* checked) {
  const auto* session =
      static_cast<const SSL*>(X509_STORE_CTX_get_ex_data(checked, SSL_get_ex_data_X509_STORE_CTX_idx()));
  if (session == nullptr) return verdict;
  auto* expiry = static_cast<std::optional<WallTime>*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(session), expiry_index()));
  if (expiry == nullptr) return verdict;
  note_end(X509_STORE_CTX_get0_cert(checked), *expiry);
  STACK_OF(X509)* shown = X509_STORE_CTX_get0_untrusted(checked);
  for (int i = 0; i < sk_X509_num(shown); ++i) note_end(sk_X509_value(shown, i), *expiry);
  return verdict;
}

}  // namespace

struct HttpTls::Parts {
  Store trusted;
  std::vector<Certificate> certificates;
  Key key;
};

HttpTls::HttpTls() : parts_(std::make_unique<Parts>()) {
  parts_->trusted = new_store();
  if (parts_->trusted) X509_STORE_set_default_paths(parts_->trusted.get());
}

HttpTls::~HttpTls() = default;

std::optional<Error> HttpTls::trust_only(const std::string& pem) {
  const std::vector<Certificate> authorities = certificates_in(pem);
  if (authorities.empty()) return Error{"holds no certificate in PEM format"};
  Store store = new_store();
  if (!store) return Error{"out of memory"};
  for (const Certificate& authority : authorities) X509_STORE_add_cert(store.get(), authority.get());
  ERR_clear_error();
  parts_->trusted = std::move(store);
  return std::nullopt;
}

std::optional<Error> HttpTls::show(const std::string& certificate_pem, const std::string& key_pem) {
  std::vector<Certificate> certificates = certificates_in(certificate_pem);
  if (certificates.empty()) return Error{"cert_file holds no certificate in PEM format"};
  const Memory memory = memory_of(key_pem);
  Key key(memory ? PEM_read_bio_PrivateKey(memory.get(), nullptr, no_passphrase, nullptr) : nullptr);
  ERR_clear_error();
  if (!key) return Error{"key_file holds no private key in PEM format without a passphrase"};
  const bool fits = X509_check_private_key(certificates.front().get(), key.get()) == 1;
  ERR_clear_error();
  if (!fits) return Error{"the key of key_file is not the key of the certificate in cert_file"};
  parts_->certificates = std::move(certificates);
  parts_->key = std::move(key);
  return std::nullopt;
}

bool HttpTls::set_up(void* ssl_context, std::optional<WallTime>& expiry) const {
  auto* context = static_cast<SSL_CTX*>(ssl_context);
  if (!parts_->trusted) return false;
  SSL_CTX_set1_cert_store(context, parts_->trusted.get());
  SSL_CTX_set_verify(context, SSL_CTX_get_verify_mode(context), note_chain);
  if (SSL_CTX_set_ex_data(context, expiry_index(), &expiry) != 1) return false;
  if (!parts_->key) return true;
  if (SSL_CTX_use_certificate(context, parts_->certificates.front().get()) != 1) return false;
  for (std::size_t i = 1; i < parts_->certificates.size(); ++i) {
    if (SSL_CTX_add1_chain_cert(context, parts_->certificates[i].get()) != 1) return false;
  }
  return SSL_CTX_use_PrivateKey(context, parts_->key.get()) == 1;
}

}  // namespace blipd
