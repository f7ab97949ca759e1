#include "effects/mail/file_transport.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <system_error>

namespace postern {
namespace {

MailResult failed(const std::string& path) {
  const std::string reason = std::error_code(errno, std::generic_category()).message();
  return {MailResult::Kind::failed, 0, "The mail could not be written to " + path + ": " + reason + ".", ""};
}

bool write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(file, bytes.data(), bytes.size());
    if (n < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

}  // namespace

MailResult FileTransport::send(const Mail& mail) {
  std::error_code ignored;
  if (std::filesystem::create_directories(folder_, ignored)) {
    std::filesystem::permissions(folder_, std::filesystem::perms::owner_all, ignored);
  }
  const std::string path = folder_ + "/" + mail.message_id.substr(0, mail.message_id.find('@')) + ".eml";
  // No two threads send the same mail at once, so the name is ours alone.
  const std::string unfinished = path + ".part";
  const int file = ::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return failed(folder_);
  const bool written = write_all(file, to_mime(mail));
  if (::close(file) != 0 || !written || std::rename(unfinished.c_str(), path.c_str()) != 0) {
    MailResult result = failed(folder_);
    ::unlink(unfinished.c_str());
    return result;
  }
  return {MailResult::Kind::sent, 0, "The mail was written to " + path + ".", ""};
}

}  // namespace postern
