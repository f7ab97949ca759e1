#include "store/wordpress/site.h"

namespace postern::wordpress {
namespace {

using enum ColumnKind;

constexpr std::array<NeededColumn, 10> kUsers{{{"ID", number},
                                               {"user_login", text},
                                               {"user_pass", text},
                                               {"user_nicename", text},
                                               {"user_email", text},
                                               {"user_url", text},
                                               {"user_registered", time},
                                               {"user_activation_key", text},
                                               {"user_status", number},
                                               {"display_name", text}}};
constexpr std::array<NeededColumn, 4> kUsermeta{
    {{"umeta_id", number}, {"user_id", number}, {"meta_key", text}, {"meta_value", text}}};
constexpr std::array<NeededColumn, 4> kOptions{
    {{"option_id", number}, {"option_name", text}, {"option_value", text}, {"autoload", text}}};
constexpr std::array<NeededColumn, 7> kMeta{{{"id", number},
                                             {"object_type", text},
                                             {"object_id", number},
                                             {"meta_key", text},
                                             {"value", text},
                                             {"created_at", time},
                                             {"updated_at", time}}};
constexpr std::array<NeededColumn, 12> kSpaces{{{"id", number},
                                                {"parent_id", number},
                                                {"title", text},
                                                {"slug", text},
                                                {"description", text},
                                                {"type", text},
                                                {"privacy", text},
                                                {"status", text},
                                                {"serial", number},
                                                {"settings", text},
                                                {"created_at", time},
                                                {"updated_at", time}}};
// Its user_id is a text on some versions and a number on others: both take what is written.
constexpr std::array<NeededColumn, 7> kSpaceUser{{{"id", number},
                                                  {"space_id", number},
                                                  {"status", text},
                                                  {"role", text},
                                                  {"meta", text},
                                                  {"created_at", time},
                                                  {"updated_at", time}}};
constexpr std::array<NeededColumn, 13> kXprofile{{{"id", number},
                                                  {"user_id", number},
                                                  {"total_points", number},
                                                  {"username", text},
                                                  {"status", text},
                                                  {"is_verified", number},
                                                  {"display_name", text},
                                                  {"avatar", text},
                                                  {"short_description", text},
                                                  {"last_activity", time},
                                                  {"meta", text},
                                                  {"created_at", time},
                                                  {"updated_at", time}}};
constexpr std::array<NeededTable, 7> kTables{{{"users", false, kUsers},
                                              {"usermeta", false, kUsermeta},
                                              {"options", false, kOptions},
                                              {"fcom_meta", true, kMeta},
                                              {"fcom_spaces", true, kSpaces},
                                              {"fcom_space_user", true, kSpaceUser},
                                              {"fcom_xprofile", true, kXprofile}}};

}  // namespace

std::string Site::table(std::string_view name) const {
  if (name == "users" && files.config.user_table) return *files.config.user_table;
  if (name == "usermeta" && files.config.usermeta_table) return *files.config.usermeta_table;
  return prefix + std::string(name);
}

std::span<const NeededTable> needed_tables() {
  return kTables;
}

}  // namespace postern::wordpress
