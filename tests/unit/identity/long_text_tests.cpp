// Nothing here takes more than time in proportion to the text: with a step for each pair of characters, a megabyte
// would take an hour and the test would run out of time.
#include "identity/login.h"
#include "identity/name.h"
#include "identity/text.h"

#include <gtest/gtest.h>

#include <string>

namespace postern::identity {
namespace {

TEST(LongText, IsReadInTimeInProportion) {
  constexpr std::size_t kBytes = 1'000'000;
  for (const char* pattern : {"&", "<", "<a ", "%4", "%%41", "<!--", "<?", "<\"", "&#", "&a", "a;", "%25", "<script>",
                              "<script", "<style>", "</script>", "-->", " ", "@"}) {
    std::string text;
    while (text.size() < kBytes) text += pattern;
    EXPECT_LE(sanitize_user(text, true).size(), text.size()) << pattern;
    EXPECT_LE(stored_name(text.substr(0, kBytes / 10)).size(), text.size()) << pattern;
  }
}

}  // namespace
}  // namespace postern::identity
