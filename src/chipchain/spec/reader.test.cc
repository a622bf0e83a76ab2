#include "chipchain/spec/reader.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>

#include "chipchain/spec/schema.h"
#include "chipchain/spec/testdata.h"

namespace chipchain {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLine = "[line]\nname = \"demo\"\n";

// a folder of its own, removed afterwards
class ReaderFiles : public ::testing::Test {
 protected:
    void SetUp() override {
        const std::string name = ::testing::UnitTest::GetInstance()->current_test_info()->name();
        folder_ = fs::temp_directory_path() / ("chipchain_reader_" + name + "_" + std::to_string(::getpid()));
        fs::remove_all(folder_);
        fs::create_directories(folder_ / "model");
    }
    void TearDown() override { fs::remove_all(folder_); }
    void write(const std::string& name, const std::string& text) const {
        testing::write_text(folder_ / "model" / name, text);
    }
    [[nodiscard]] std::string path() const { return (folder_ / "model").string(); }
    // the ids of all diagnostics, "ok" when there are none
    [[nodiscard]] static std::string ids(const std::string& path) {
        SourceMap sources;
        const Result<Spec> spec = read_model(path, &sources);
        if (spec) return "ok";
        std::string out;
        for (const Diagnostic& d : spec.error()) out += (out.empty() ? "" : " ") + d.id;
        EXPECT_FALSE(render_all(spec.error(), sources).empty());
        return out;
    }
    fs::path folder_;
};

std::string ids_of(const std::vector<ModelFile>& files) {
    SourceMap sources;
    const Result<Spec> spec = read_model_text(files, &sources);
    if (spec) return "ok";
    EXPECT_FALSE(render_all(spec.error(), sources).empty());
    std::string out;
    for (const Diagnostic& d : spec.error()) out += (out.empty() ? "" : " ") + d.id;
    return out;
}

TEST_F(ReaderFiles, folder_and_file) {
    write("model.toml", kLine);
    EXPECT_EQ(ids(path()), "ok");
    EXPECT_EQ(ids(path() + "/model.toml"), "ok");
    EXPECT_EQ(ids(path() + "/none.toml"), "file-not-found");
    EXPECT_EQ(ids((folder_ / "none").string()), "file-not-found");
    EXPECT_EQ(ids(folder_.string()), "file-not-found");
}

// is a huge file refused before it is read?
TEST_F(ReaderFiles, sparse_file_of_100_megabytes) {
    write("model.toml", std::string(kLine) + "[files]\nstep = \"big.csv\"\n");
    write("big.csv", "x");
    fs::resize_file(folder_ / "model" / "big.csv", 100ULL << 20);
    EXPECT_EQ(ids(path()), "file-too-large");
}

TEST_F(ReaderFiles, links_and_folders) {
    write("model.toml", std::string(kLine) + "[files]\nproduct = [\"inner/a.csv\", \"link.csv\", \"inner\"]\n");
    fs::create_directories(folder_ / "model" / "inner");
    write("inner/a.csv", "name,route\np,r\n");
    testing::write_text(folder_ / "outside.csv", "name,route\nq,r\n");
    fs::create_symlink(folder_ / "outside.csv", folder_ / "model" / "link.csv");
    EXPECT_EQ(ids(path()), "file-outside-model file-not-readable");
}

TEST(Reader, empty_and_binary) {
    const std::string line = kLine;
    EXPECT_EQ(ids_of({}), "file-not-found");
    EXPECT_EQ(ids_of({{"model.toml", ""}}), "empty-file");
    EXPECT_EQ(ids_of({{"model.toml", "\xef\xbb\xbf \n"}}), "empty-file");
    EXPECT_EQ(ids_of({{"model.toml", line + std::string(1, '\0')}}), "not-text");
    EXPECT_EQ(
        ids_of(
            {{"model.toml",
              "\x7f"
              "ELF\x02\x01\x01"}}),
        "toml-syntax");
    const std::string files = line + "[files]\nproduct = \"p.csv\"\n";
    EXPECT_EQ(ids_of({{"model.toml", files}, {"p.csv", "PK\x03\x04\xff\xfe"}}), "not-text");
    EXPECT_EQ(ids_of({{"model.toml", files}, {"p.csv", "name,route\n\xe4tzen,r\n"}}), "not-text");      // Latin-1
    EXPECT_EQ(ids_of({{"model.toml", files}, {"p.csv", "name,route\n\xc0\x80,r\n"}}), "not-text");      // overlong
    EXPECT_EQ(ids_of({{"model.toml", files}, {"p.csv", "name,route\n\xed\xa0\x80,r\n"}}), "not-text");  // surrogate
}

// do deep structures end in a diagnostic and not in the stack's end?
TEST(Reader, deep_nesting) {
    constexpr size_t kDeep = 200'000;
    const std::string line = kLine;
    std::string dotted = "[a";
    for (size_t i = 0; i < kDeep; ++i) dotted += ".a";
    EXPECT_EQ(ids_of({{"model.toml", line + dotted + "]\n"}}), "toml-syntax");
    EXPECT_EQ(ids_of({{"model.toml", line + dotted.substr(1) + " = 1\n"}}), "toml-syntax");
    EXPECT_EQ(ids_of({{"model.toml", line + "a = " + std::string(kDeep, '[') + "\n"}}), "toml-syntax");
    std::string tables = "a = ";
    for (size_t i = 0; i < kDeep; ++i) tables += "{a=";
    EXPECT_EQ(ids_of({{"model.toml", line + tables + "\n"}}), "toml-syntax");
    std::string mixed = "a = ";
    for (size_t i = 0; i < 31; ++i) mixed += "{a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a=";
    EXPECT_EQ(ids_of({{"model.toml", line + mixed + "1" + std::string(31, '}') + "\n"}}), "unknown-key");
}

// texts found by fuzzing that toml++ does not survive
TEST(Reader, table_headers_without_name) {
    const std::string line = kLine;
    for (const char* header :
         {"[[[a]]]", "[=]", "[\n]", "[[ [a]]", "[\xc3\xa4]", "[.a]", "[#a]", "[ [a]]", "[]", "[[]]", "[", "[["}) {
        EXPECT_EQ(ids_of({{"model.toml", line + header}}), "toml-syntax") << header;
        EXPECT_EQ(ids_of({{"model.toml", line + header + "\n"}}), "toml-syntax") << header;
    }
    EXPECT_EQ(ids_of({{"model.toml", "\xef\xbb\xbf[[[a]]]"}}), "toml-syntax");
    EXPECT_EQ(ids_of({{"model.toml", "'='=2:.'{{\"!\xef\xbc\xbf\xef\xb8\xbf'{{"}}), "toml-syntax");
    EXPECT_EQ(ids_of({{"model.toml", "9=9==b\"bbbbb\xc6\x8a~\tbbbb="}}), "toml-syntax");
    // brackets at the start of a line inside an array are values
    EXPECT_EQ(ids_of({{"model.toml", line + "[files]\nproduct = [\n[[[1]]],\n]\n"}}), "wrong-type");
}

TEST(Reader, huge_numbers_in_toml) {
    const std::string line = kLine;
    EXPECT_EQ(ids_of({{"model.toml", line + "horizon_d = 99999999999999999999999999\n"}}), "toml-syntax");
    EXPECT_EQ(ids_of({{"model.toml", line + "horizon_d = " + std::string(10'000, '9') + "\n"}}), "toml-syntax");
}

TEST(Reader, byte_order_mark_and_line_ends) {
    const std::vector<ModelFile> files = {
        {"model.toml", "\xef\xbb\xbf[line]\r\nname = \"demo\"\r\n[files]\r\nproduct = \"p.csv\"\r\n"},
        {"p.csv", "\xef\xbb\xbfname,route\r\np,\"r\"\r\n\r\n  \r\n# end\r\nq , r "}};
    const Result<Spec> spec = read_model_text(files);
    ASSERT_TRUE(spec);
    ASSERT_EQ(spec->products.size(), 2U);
    EXPECT_EQ(spec->products[0].route, "r");
    EXPECT_EQ(spec->products[1].name, "q");
    EXPECT_EQ(spec->products[1].span.line, 6U);
}

// are values, defaults, marks and places what the files say?
TEST(Reader, values_and_places) {
    const Result<Spec> spec = read_model_text(std::vector<ModelFile>{
        {"model.toml",
         "[line]\nname = \"demo\"\nstart = 2018-01-01\nhorizon_d = 0.5\nprofile = "
         "\"pyscfabsim\"\n[switches]\nbatch_start = \"any\"\n"
         "[files]\nstep = \"s.csv\"\nwip_lot = \"w.csv\"\ntool_group = \"t.csv\"\n"
         "[[down]]\nname = \"d\"\ntarget = \"a\"\ntime_to_failure = \"erlang\"\nmttf_min = 100\nmttf_shape = 3\nrepair "
         "= \"exponential\"\nmttr_min = 5\n"},
        {"t.csv", "name,location,rule\na,\"\",\nb,,x\n"},
        {"s.csv",
         "step,route,tool_group,process_min,process,process_half_min,setup_time_min\n1,r,a,2,uniform,0.1,\n2,r,a,2,,,"
         "0\n"},
        {"w.csv", "name,product,due\nl,p,2018-01-02T00:00:00.5\n"}});
    ASSERT_TRUE(spec);
    EXPECT_EQ(spec->line.horizon, 12 * kHour);
    EXPECT_EQ(spec->switches.batch_start, BatchStart::any);
    EXPECT_EQ(spec->switches.pm_start, PmStart::preempt);
    EXPECT_EQ(spec->tool_groups[0].location, "");
    EXPECT_EQ(spec->tool_groups[1].location, "Fab");
    EXPECT_EQ(spec->steps[0].process, (DurationSpec{DistKind::uniform, 2 * kMinute, 6 * kSecond}));
    EXPECT_EQ(spec->steps[0].setup_time, -1);
    EXPECT_EQ(spec->steps[1].setup_time, 0);
    EXPECT_EQ(spec->wip_lots[0].due, kDay + kSecond / 2);
    EXPECT_EQ(spec->downs[0].time_to_failure, (DurationSpec{DistKind::erlang, 100 * kMinute, 3}));
    EXPECT_EQ(spec->downs[0].first, spec->downs[0].time_to_failure);
    const size_t group = field_index(*find_table("step"), "tool_group");
    EXPECT_EQ(spec->steps[1].given >> group & 1U, 1U);
    EXPECT_EQ(spec->steps[1].spans[group].line, 3U);
    EXPECT_EQ(spec->steps[1].spans[group].column, 5U);
}

TEST(Reader, more_mistakes_than_anyone_reads) {
    std::string csv = "name,route\n";
    for (int i = 0; i < 20'000; ++i) csv += ",\n";
    const Result<Spec> spec = read_model_text(
        std::vector<ModelFile>{{"model.toml", std::string(kLine) + "[files]\nproduct = \"p.csv\"\n"}, {"p.csv", csv}});
    ASSERT_FALSE(spec);
    EXPECT_EQ(spec.error().size(), 10'001U);
    EXPECT_EQ(spec.error().back().message, "30000 more mistakes are not listed");
}

}  // namespace
}  // namespace chipchain
