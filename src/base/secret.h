// Text that must not be printed, logged or compared carelessly.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace postern {

// Holds a password, a webhook key or a token. There is no operator<< and no conversion to a string: whoever
// wants the text writes reveal(), and a reviewer can search for that word. The memory is wiped when it goes.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  Secret(const Secret&) = default;
  Secret(Secret&&) noexcept = default;
  Secret& operator=(const Secret&) = default;
  Secret& operator=(Secret&&) noexcept = default;
  ~Secret() { wipe(); }

  bool empty() const { return text_.empty(); }
  std::string_view reveal() const { return text_; }

 private:
  void wipe() {
    volatile char* p = text_.data();
    for (std::size_t i = 0; i < text_.size(); ++i) p[i] = 0;
  }

  std::string text_;
};

}  // namespace postern
