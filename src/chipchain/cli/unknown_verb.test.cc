#include "chipchain/cli/unknown_verb.h"

#include <gtest/gtest.h>

namespace chipchain {
namespace {

std::string said(std::vector<const char*> words) {
    CLI::App app{"", "chipchain"};
    CLI::App* chip = app.add_subcommand("chip");
    chip->add_subcommand("run");
    chip->add_subcommand("frames");
    app.add_subcommand("plan");
    words.insert(words.begin(), "chipchain");
    return unknown_verb(app, static_cast<int>(words.size()), words.data());
}

// is a slip told at every level, and everything else left to the parser?
TEST(UnknownVerb, names_the_nearest) {
    EXPECT_EQ(said({"chip", "rum"}), "error: chip has no verb 'rum'\nhelp: did you mean 'run'?\n");
    EXPECT_EQ(said({"plann"}), "error: chipchain has no verb 'plann'\nhelp: did you mean 'plan'?\n");
    EXPECT_EQ(said({"chip", "xyz"}), "error: chip has no verb 'xyz'\nhelp: the verbs are run, frames\n");
    EXPECT_EQ(said({"plan", "anything"}), "");
    EXPECT_EQ(said({"chip", "run", "net.onnx"}), "");
    EXPECT_EQ(said({"chip"}), "");
    EXPECT_EQ(said({"--version"}), "");
    EXPECT_EQ(said({"--message-format", "json", "plann"}), "");
}

}  // namespace
}  // namespace chipchain
