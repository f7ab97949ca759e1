#include "crypto/key_vault.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <span>

namespace postern {
namespace {

constexpr std::string_view kMagic = "postern-key-1 ";
constexpr std::size_t kHexLength = 64;
constexpr std::size_t kFileLength = kMagic.size() + kHexLength + 1;

unsigned char* bytes(std::byte* p) {
  return reinterpret_cast<unsigned char*>(p);
}
const unsigned char* bytes(const std::byte* p) {
  return reinterpret_cast<const unsigned char*>(p);
}
const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::array<std::byte, 32> derive(const std::array<std::byte, 32>& master, std::string_view purpose) {
  std::array<std::byte, 32> out{};
  crypto_generichash(bytes(out.data()), out.size(), bytes(purpose), purpose.size(), bytes(master.data()),
                     master.size());
  return out;
}

class File {
 public:
  explicit File(int fd) : fd_(fd) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  int fd() const { return fd_; }

 private:
  int fd_;
};

Error cannot(std::string_view verb, const std::string& path) {
  const std::error_code reason(errno, std::generic_category());
  return {Errc::unavailable,
          "The key file " + path + " cannot be " + std::string(verb) + ": " + reason.message() +
              ". Check its owner and mode, or that the disk has room.",
          ""};
}

Error not_a_key_file(const std::string& path) {
  return {Errc::invalid,
          "The key file " + path +
              " is damaged or not a Postern key file. Put the right file back from your backup: without it no webhook "
              "URL is recognised.",
          ""};
}

Result<std::array<std::byte, 32>> read_key(int fd, const std::string& path) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) return cannot("read", path);
  if ((info.st_mode & 077U) != 0) {
    return Error{Errc::invalid, "The key file " + path + " can be read by others. Run: chmod 600 " + path, ""};
  }
  std::array<char, kFileLength + 1> text{};
  const ssize_t n = ::read(fd, text.data(), text.size());
  if (n < 0) return cannot("read", path);
  const std::string_view content(text.data(), static_cast<std::size_t>(n));
  std::array<std::byte, 32> master{};
  std::size_t length = 0;
  const std::string_view hex = content.substr(std::min(content.size(), kMagic.size()), kHexLength);
  if (content.size() != kFileLength || content.substr(0, kMagic.size()) != kMagic || content.back() != '\n' ||
      sodium_hex2bin(bytes(master.data()), master.size(), hex.data(), hex.size(), nullptr, &length, nullptr) != 0 ||
      length != master.size()) {
    return not_a_key_file(path);
  }
  return master;
}

// Written under another name, synced and then linked, so that no half-written key file can ever be found, and so
// that of two processes that start at once one wins and the other reads the winner's file.
Result<void> create_key(const std::string& path, Random& random) {
  std::array<std::byte, 32> master{};
  random.fill(master);
  std::array<char, kHexLength + 1> hex{};
  sodium_bin2hex(hex.data(), hex.size(), bytes(master.data()), master.size());
  std::string content(kMagic);
  content += hex.data();
  content += '\n';

  const std::string draft = path + ".new." + std::to_string(::getpid());
  {
    const File file(::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (file.fd() < 0) return cannot("written", path);
    const bool written = ::write(file.fd(), content.data(), content.size()) == static_cast<ssize_t>(content.size()) &&
                         ::fsync(file.fd()) == 0;
    if (!written) {
      const Error error = cannot("written", path);
      ::unlink(draft.c_str());
      return error;
    }
  }
  const bool linked = ::link(draft.c_str(), path.c_str()) == 0 || errno == EEXIST;
  const int reason = errno;
  ::unlink(draft.c_str());
  errno = reason;
  if (!linked) return cannot("written", path);
  const File folder(::open(path.substr(0, path.rfind('/') + 1).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.fd() >= 0) ::fsync(folder.fd());
  return {};
}

}  // namespace

Result<KeyVault> KeyVault::open_or_create(const std::string& path, Random& random) {
  CHECK(path.find('/') != std::string::npos);
  for (int attempt = 0; attempt < 2; ++attempt) {
    const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.fd() >= 0) {
      const std::array<std::byte, 32> master = TRY(read_key(file.fd(), path));
      return KeyVault(master);
    }
    if (errno != ENOENT) return cannot("read", path);
    TRY(create_key(path, random));
  }
  return cannot("read", path);
}

KeyVault::KeyVault(const std::array<std::byte, 32>& master)
    : hash_key_(derive(master, "webhook key lookup")), seal_key_(derive(master, "sealing")) {}

KeyHash KeyVault::hash(std::string_view key) const {
  KeyHash out{};
  crypto_generichash(bytes(out.data()), out.size(), bytes(key), key.size(), bytes(hash_key_.data()), hash_key_.size());
  return out;
}

std::string KeyVault::seal(const Secret& text, Random& random) const {
  std::array<std::byte, crypto_secretbox_NONCEBYTES> nonce{};
  random.fill(nonce);
  const std::string_view plain = text.reveal();
  std::string out(nonce.size() + crypto_secretbox_MACBYTES + plain.size(), '\0');
  std::memcpy(out.data(), nonce.data(), nonce.size());
  crypto_secretbox_easy(reinterpret_cast<unsigned char*>(out.data()) + nonce.size(), bytes(plain), plain.size(),
                        bytes(nonce.data()), bytes(seal_key_.data()));
  return out;
}

Result<Secret> KeyVault::unseal(std::string_view sealed) const {
  constexpr std::size_t kOverhead = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
  const Error failed{Errc::invalid,
                     "A sealed secret cannot be read: it was sealed with another key file. Put the key file that "
                     "belongs to this database back.",
                     ""};
  if (sealed.size() < kOverhead) return failed;
  std::string plain(sealed.size() - kOverhead, '\0');
  const std::string_view box = sealed.substr(crypto_secretbox_NONCEBYTES);
  if (crypto_secretbox_open_easy(reinterpret_cast<unsigned char*>(plain.data()), bytes(box), box.size(), bytes(sealed),
                                 bytes(seal_key_.data())) != 0) {
    return failed;
  }
  return Secret(std::move(plain));
}

Secret make_webhook_key(Random& random) {
  std::array<std::byte, 32> raw{};
  random.fill(raw);
  std::string text(sodium_base64_ENCODED_LEN(32, sodium_base64_VARIANT_URLSAFE_NO_PADDING), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes(raw.data()), raw.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  text.pop_back();  // The terminating NUL.
  return Secret(std::move(text));
}

std::array<std::byte, 16> fingerprint(std::string_view text) {
  std::array<std::byte, 16> out{};
  crypto_generichash(bytes(out.data()), out.size(), bytes(text), text.size(), nullptr, 0);
  return out;
}

bool constant_time_equal(const KeyHash& a, const KeyHash& b) {
  return sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace postern
