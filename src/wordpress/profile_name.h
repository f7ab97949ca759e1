// The name of a person's profile in FluentCommunity: the usernames to try, best first. Pure. Any thread.
// Source: ProfileHelper::createUserNameFromStrings(); vectors in tests/data/wordpress/vectors.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace postern::wordpress {

// Candidates that are reserved or shorter than three bytes are not among them. The list never ends.
class ProfileNames {
 public:
  // `fallbacks`: nicename, first name, last name, display name, as stored. `user` is the number of the user.
  ProfileNames(std::string_view login, const std::vector<std::string>& fallbacks, std::string_view user);
  std::string next();

 private:
  std::vector<std::string> named_;  // Those that are no numbers; may hold what is not acceptable.
  std::string base_;
  std::string user_;
  std::size_t given_ = 0;
};

}  // namespace postern::wordpress
