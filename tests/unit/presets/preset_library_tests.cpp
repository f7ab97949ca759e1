#include "presets/preset_library.h"
#include "source/shipped.h"
#include "support/temp_folder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace postern {
namespace {

class PresetLibraryTest : public testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& text) {
    const std::string path = folder_.file(name);
    std::ofstream(path) << text;
    // The clock of a file system may stand still between two writes of a test.
    std::filesystem::last_write_time(path, std::filesystem::file_time_type(std::chrono::seconds(++writes_)));
    return path;
  }
  std::string folder() { return std::filesystem::path(folder_.file("x")).parent_path().string(); }

  TempFolder folder_;
  int writes_ = 1'000'000;
};

constexpr const char* kOwn = "name = \"our_shop\"\ntitle = \"Our shop\"\n[verify]\nkind = \"none\"\n";

TEST_F(PresetLibraryTest, WithoutAFolderThereAreTheShippedOnes) {
  const PresetLibrary library("");
  EXPECT_EQ(library.list().size(), shipped_presets().size());
  ASSERT_TRUE(library.find("stripe"));
  EXPECT_EQ(library.find("stripe")->preset->title, "Stripe");
  EXPECT_EQ(library.find("stripe")->file, "");
  EXPECT_FALSE(library.find("our_shop"));
  EXPECT_EQ(PresetLibrary("/nowhere/at/all").list().size(), shipped_presets().size());
}

TEST_F(PresetLibraryTest, OwnFilesStandBesideTheShippedOnesAndTakeTheirPlace) {
  const std::string own = write("shop.toml", kOwn);
  write("stripe.json", R"({"name": "stripe", "title": "Our Stripe", "verify": {"kind": "none"}})");
  write("readme.txt", "no preset");
  write(".hidden.toml", "no preset");
  const PresetLibrary library(folder());
  EXPECT_EQ(library.list().size(), shipped_presets().size() + 1);
  EXPECT_EQ(library.find("our_shop")->file, own);
  EXPECT_EQ(library.find("stripe")->preset->title, "Our Stripe");
}

TEST_F(PresetLibraryTest, ABrokenFileIsListedWithItsProblem) {
  const std::string path = write("shop.toml", "name = \"our_shop\"\n[verify]\nkind = \"odd\"\n");
  const PresetLibrary library(folder());
  ASSERT_TRUE(library.find("shop"));
  EXPECT_EQ(library.find("shop")->preset, nullptr);
  EXPECT_NE(library.find("shop")->problem.find(path), std::string::npos) << library.find("shop")->problem;
}

TEST_F(PresetLibraryTest, ChangesAreSeenAndAFileThatBreaksLeavesWhatWorked) {
  write("shop.toml", kOwn);
  PresetLibrary library(folder());
  const std::uint64_t first = library.version();
  EXPECT_FALSE(library.refresh());
  EXPECT_EQ(library.version(), first);
  write("shop.toml", "name = \"our_shop\"\ntitle = \"Newer\"\n[verify]\nkind = \"none\"\n");
  EXPECT_TRUE(library.refresh());
  EXPECT_GT(library.version(), first);
  EXPECT_EQ(library.find("our_shop")->preset->title, "Newer");
  write("shop.toml", "name = ");
  EXPECT_TRUE(library.refresh());
  EXPECT_EQ(library.find("our_shop")->preset->title, "Newer");
  EXPECT_NE(library.find("our_shop")->problem, "");
  std::filesystem::remove(folder_.file("shop.toml"));
  EXPECT_TRUE(library.refresh());
  EXPECT_FALSE(library.find("our_shop"));
}

TEST_F(PresetLibraryTest, OfTwoFilesWithOneNameTheFirstIsUsedAndSaysSo) {
  const std::string first = write("a.toml", kOwn);
  write("b.toml", kOwn);
  const PresetLibrary library(folder());
  EXPECT_EQ(library.find("our_shop")->file, first);
  EXPECT_NE(library.find("our_shop")->problem.find("b.toml"), std::string::npos);
}

TEST_F(PresetLibraryTest, AFileThatIsTooLargeIsNotRead) {
  const std::string path = write("big.toml", std::string(kMaxPresetBytes + 1, '#'));
  EXPECT_EQ(read_preset_file(path).error().code, Errc::too_large);
}

}  // namespace
}  // namespace postern
