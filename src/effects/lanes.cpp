#include "effects/lanes.h"

namespace postern {

std::vector<EffectLane> default_lanes() {
  using std::chrono::hours;
  using std::chrono::minutes;
  using std::chrono::seconds;
  const BackoffPolicy mail{.first = seconds{30}, .longest = hours{4}, .attempts = 18};
  const BackoffPolicy script{.first = seconds{10}, .longest = hours{1}, .attempts = 8};
  const BackoffPolicy inside{.first = seconds{1}, .longest = minutes{10}, .attempts = 60};  // Needs the store only.
  const BackoffPolicy event{.first = seconds{10}, .longest = hours{6}, .attempts = 24};
  return {
      {.name = "mail", .kinds = {{EffectKind::welcome_email, mail}, {EffectKind::password_email, mail}}, .threads = 2},
      {.name = "scripts", .kinds = {{EffectKind::processed_hook, script}, {EffectKind::events, inside}}},
      {.name = "events", .kinds = {{EffectKind::event, event}}, .threads = 4}};
}

}  // namespace postern
