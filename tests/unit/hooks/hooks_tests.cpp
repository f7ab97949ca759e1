// A folder of scripts: which one is for whom, the rule for broken ones, changes while it is watched.
#include "hooks/hooks.h"
#include "support/fake_clock.h"
#include "support/temp_folder.h"

#include <gtest/gtest.h>

#include <fstream>

namespace postern {
namespace {

class Lines final : public Log {
 public:
  void write(LogLevel, std::string_view event, LogFields fields) override {
    std::string line(event);
    for (const auto& [name, value] : fields) line += " " + std::string(name) + "=" + value.text;
    lines.with([&](auto& all) { all.push_back(line); });
  }
  int count(const std::string& part) {
    return lines.with([&](auto& all) {
      int n = 0;
      for (const std::string& each : all) n += each.find(part) != std::string::npos ? 1 : 0;
      return n;
    });
  }
  Guarded<std::vector<std::string>> lines;
};

constexpr std::array<double, 1> kBounds{1};
constexpr const char* kSayNo = "function incoming_webhook_validation() return false, 'No.' end";
constexpr const char* kSayYes = "function incoming_webhook_validation() return true end";
constexpr const char* kFail = "function incoming_webhook_validation() return nothing.at_all end";

class HooksFolder : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) { std::ofstream(folder_.file(name)) << text; }
  std::unique_ptr<Hooks> open(OnScriptError rule = OnScriptError::reject) {
    return Hooks::open({clock_, log_, runs_, seconds_}, {.folder = folder_.path(), .on_error = rule}).value();
  }
  static ScriptRequest request() { return {"{}", "{}", "{}", {}}; }

  TempFolder folder_;
  FakeClock clock_;
  Lines log_;
  CounterFamily runs_;
  Histogram seconds_{kBounds};
  const WebhookId shop_{3};
  const WebhookId other_{4};
};

TEST_F(HooksFolder, NoFolderAndNoFilesAreNoScripts) {
  EXPECT_FALSE(open()->any());
  const HooksPolicy nowhere{.folder = folder_.file("missing")};
  EXPECT_FALSE(Hooks::open({clock_, log_, runs_, seconds_}, nowhere).value()->any());
}

TEST_F(HooksFolder, AFolderThatWasNamedMustBeThere) {
  // Else a typing error would switch every check off.
  const auto hooks =
      Hooks::open({clock_, log_, runs_, seconds_}, {.folder = folder_.file("missing"), .folder_must_exist = true});
  EXPECT_EQ(hooks.error().code, Errc::invalid);
}

TEST_F(HooksFolder, TheNameSaysForWhichWebhook) {
  write("webhook-3.lua", kSayNo);
  write("notes.txt", "none of ours");
  write(".all.lua", kSayNo);
  const auto hooks = open();
  EXPECT_TRUE(hooks->any());
  EXPECT_EQ(hooks->validate(shop_, request()).kind, Judgement::Kind::refused);
  EXPECT_EQ(hooks->validate(other_, request()).kind, Judgement::Kind::valid);
  EXPECT_FALSE(hooks->has(other_, HookFunction::validation));
  write("all.lua", kSayNo);
  hooks->reload();
  EXPECT_EQ(hooks->validate(other_, request()).kind, Judgement::Kind::refused);
}

TEST_F(HooksFolder, ANameThatSaysNothingIsAProblemAndNoScript) {
  for (const char* name :
       {"shop.lua", "webhook-.lua", "webhook-03.lua", "webhook-x.lua", "webhook--1.lua", "ALL.lua"}) {
    write(name, kSayNo);
  }
  const auto hooks = open();
  EXPECT_EQ(hooks->validate(shop_, request()).kind, Judgement::Kind::valid);
  ASSERT_EQ(hooks->report().size(), 6U);
  for (const ScriptReport& each : hooks->report()) {
    EXPECT_NE(each.file->problem().value_or("").find("its name does not say"), std::string::npos);
  }
  EXPECT_EQ(log_.count("script.broken"), 6);
  hooks->reload();
  EXPECT_EQ(log_.count("script.broken"), 6) << "said once";
}

TEST_F(HooksFolder, AllComesFirstAndTheFirstNoEndsIt) {
  write("all.lua", "function incoming_webhook_validation() return false, 'All say no.' end");
  write("webhook-3.lua", kFail);
  const Judgement judgement = open()->validate(shop_, request());
  EXPECT_EQ(judgement.kind, Judgement::Kind::refused);
  EXPECT_EQ(judgement.reason, "All say no.");
  EXPECT_EQ(judgement.notes, (std::vector<std::string>{"The script all.lua refused it: All say no."}));
}

TEST_F(HooksFolder, UserDataIsHandedOn) {
  write("all.lua", "function incoming_webhook_user_data(u) u.role = 'customer' return u end");
  write("webhook-3.lua", "function incoming_webhook_user_data(u) u.meta.was = u.role return u end");
  ScriptUser user{.email = "ada@example.com", .role = "subscriber"};
  const Judgement judgement = open()->change_user(shop_, request(), user);
  EXPECT_EQ(judgement.kind, Judgement::Kind::valid);
  EXPECT_EQ(user.role, "customer");
  EXPECT_EQ(user.meta, R"({"was":"customer"})");
  EXPECT_EQ(judgement.notes.size(), 2U);
}

TEST_F(HooksFolder, ABrokenScriptRejectsOrIsPassedOver) {
  const std::vector<std::pair<std::string, std::string>> broken{
      {kFail, "all.lua:1: attempt to index a nil value (global 'nothing')"},
      {"function incoming_webhook_validation(", "all.lua:1: <name> or '...' expected n"},
      {"function incoming_webhook_validation() while true do end end", "all.lua:1: it ran more than"},
      {"function incoming_webhook_validation() error({}) end", "all.lua: it threw a table"},
      {"function incoming_webhook_validation() return 'yes' end",
       "all.lua: incoming_webhook_validation returned a string"},
      {"\x1bLua", "all.lua: attempt to load a binary chunk"},
      {"", "all.lua: it defines none of"}};
  for (const auto& [source, message] : broken) {
    write("all.lua", source);
    const Judgement rejects = open()->validate(shop_, request());
    EXPECT_EQ(rejects.kind, Judgement::Kind::failed) << source;
    ASSERT_EQ(rejects.notes.size(), 1U);
    EXPECT_EQ(rejects.notes[0].substr(0, 17 + message.size()), "A script failed: " + message);
    EXPECT_NE(rejects.notes[0].find("was not done (hooks.on_error = reject)"), std::string::npos);
    const Judgement passes = open(OnScriptError::ignore)->validate(shop_, request());
    EXPECT_EQ(passes.kind, Judgement::Kind::valid) << source;
    ASSERT_EQ(passes.notes.size(), 1U) << "it is named all the same";
    EXPECT_NE(passes.notes[0].find("was passed over (hooks.on_error = ignore)"), std::string::npos);
  }
}

TEST_F(HooksFolder, OneThatIsPassedOverDoesNotSilenceTheNext) {
  write("all.lua", kFail);
  write("webhook-3.lua", kSayNo);
  EXPECT_EQ(open(OnScriptError::ignore)->validate(shop_, request()).kind, Judgement::Kind::refused);
}

TEST_F(HooksFolder, ProcessedRunsAllAndTellsTheFirstFailure) {
  write("all.lua", "function incoming_webhook_processed() error('no') end");
  write("webhook-3.lua", "function incoming_webhook_processed() emit('a.b') log('hello') end");
  const auto hooks = open(OnScriptError::ignore);
  EXPECT_EQ(hooks->processed(shop_, {"{}", "{}", "{}", "{}"}).error().message, "all.lua:1: no");
  write("all.lua", "function incoming_webhook_processed() emit('c.d') end");
  clock_.advance(std::chrono::seconds{5});
  hooks->reload();
  const auto done = hooks->processed(shop_, {"{}", "{}", "{}", "{}"});
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->events.size(), 2U);
  EXPECT_EQ(done->said, "hello");
}

TEST_F(HooksFolder, RunsAreCountedAndABrokenScriptDoesNotFloodTheLog) {
  write("all.lua", kFail);
  const auto hooks = open();
  for (int i = 0; i < 100; ++i) hooks->validate(shop_, request());
  EXPECT_EQ(log_.count("script.failed"), 1);
  clock_.advance(std::chrono::seconds{2});
  hooks->validate(shop_, request());
  EXPECT_EQ(log_.count("failures_not_logged=99"), 1);
  const ScriptReport report = hooks->report().at(0);
  EXPECT_EQ(report.runs, 101);
  EXPECT_EQ(report.errors, 101);
  EXPECT_EQ(report.last_error, "all.lua:1: attempt to index a nil value (global 'nothing')");
  std::string metrics;
  runs_.write(metrics, "runs");
  EXPECT_EQ(metrics, "runs{script=\"all.lua\",function=\"incoming_webhook_validation\",result=\"failed\"} 101\n");
}

TEST_F(HooksFolder, ChangesAreSeenWhileItIsWatched) {
  write("all.lua", kSayYes);
  const auto hooks = open();
  hooks->watch();
  EXPECT_EQ(hooks->validate(shop_, request()).kind, Judgement::Kind::valid);
  const SystemClock clock;
  const auto becomes = [&](Judgement::Kind kind) {
    const MonoTime end = clock.mono() + std::chrono::seconds{20};
    std::mutex mutex;
    std::condition_variable nobody;
    std::unique_lock lock(mutex);
    while (hooks->validate(shop_, request()).kind != kind) {
      if (clock.mono() > end) return false;
      nobody.wait_for(lock, std::chrono::milliseconds{20});
    }
    return true;
  };
  write("all.lua", kSayNo);
  EXPECT_TRUE(becomes(Judgement::Kind::refused));
  write("all.lua", "function (");  // Broken at once: the last good one would hide it.
  EXPECT_TRUE(becomes(Judgement::Kind::failed));
  std::filesystem::remove(folder_.file("all.lua"));
  EXPECT_TRUE(becomes(Judgement::Kind::valid));
  EXPECT_FALSE(hooks->any());
  EXPECT_EQ(log_.count("script.removed"), 1);
}

TEST_F(HooksFolder, AFolderThatCannotBeReadAnyMoreLeavesThemAsTheyWere) {
  write("all.lua", kSayNo);
  const auto hooks = open();
  std::filesystem::rename(folder_.path(), folder_.path() + ".moved");
  std::ofstream(folder_.path()) << "a file now";
  hooks->reload();
  EXPECT_EQ(hooks->validate(shop_, request()).kind, Judgement::Kind::refused);
  EXPECT_EQ(log_.count("scripts.not_read"), 1);
  std::filesystem::remove(folder_.path());
  std::filesystem::rename(folder_.path() + ".moved", folder_.path());
}

TEST_F(HooksFolder, ThreadsMayRunScriptsWhileTheyChange) {
  write("all.lua", kSayNo);
  const auto hooks = open();
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 100; ++n) {
        if (hooks->validate(shop_, request()).kind != Judgement::Kind::refused) ++wrong;
      }
    });
  }
  for (int n = 0; n < 20; ++n) {
    write("webhook-3.lua", kSayNo + std::string(static_cast<std::size_t>(n), ' '));
    hooks->reload();
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace postern
