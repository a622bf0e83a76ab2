#include "chipchain/spec/writer.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "chipchain/base/random.h"
#include "chipchain/spec/schema.h"
#include "chipchain/spec/testdata.h"

namespace chipchain {
namespace {

namespace fs = std::filesystem;

// Valid random models, made from the field tables.
class Generator {
 public:
    explicit Generator(uint64_t seed) : source_{seed, 0} {}

    Spec make() {
        Spec spec;
        for (const TableInfo& table : spec_tables()) {
            const uint64_t rows = table.single ? 1 : below(12);
            for (uint64_t i = 0; i < rows; ++i) fill(table, table.add(spec), i);
        }
        for (const SwitchInfo& info : switch_table())
            info.set(spec.switches, static_cast<uint8_t>(below(info.values.size())));
        spec.line.profile = below(2) == 0 ? "autosched" : "pyscfabsim";
        if (below(2) == 0) find_profile(spec.line.profile, spec.switches);
        // half of the models keep the rows of a route together
        if (below(2) == 0) {
            std::stable_sort(spec.steps.begin(), spec.steps.end(), [](const StepSpec& a, const StepSpec& b) {
                return a.route < b.route;
            });
        }
        keep_one_head(spec);
        return spec;
    }

 private:
    // a file has [line], [scenario], [overlay], [chip] or [fleet]
    void keep_one_head(Spec& spec) {
        const uint64_t head = below(5);
        if (head != 1) spec.scenario = {};
        if (head != 2) spec.overlay = {};
        if (head != 3) spec.chip = {};
        if (head != 4) spec.fleet = {};
        if (head == 0) return;
        spec.switches = {};
        spec.line = {};
        const std::string* const names[] = {&spec.scenario.name, &spec.overlay.name, &spec.chip.name, &spec.fleet.name};
        spec.line.name = *names[head - 1];
        spec.line.start = head == 4 ? spec.fleet.start : spec.scenario.start;
    }

    uint64_t below(uint64_t n) {
        const RandomWords w = source_.draw(Purpose::test, 0, index_++);
        return wide(w.word[0], w.word[1]) % n;
    }

    std::string word(bool any_text) {
        static const char* kParts[] =
            {"litho", "a b", ",", "\"", "#", "\xc3\xa4", "\xe6\xbc\xa2", "'", "\\", "=", "[x]", "1e5", "true", "=1+1"};
        static const char* kWild[] = {"\n", "\t", " ", "\r", "\r\n", "\x01", "\"\"", "\x7f"};
        std::string out;
        const uint64_t parts = 1 + below(3);
        for (uint64_t i = 0; i < parts; ++i) out += any_text && below(3) == 0 ? kWild[below(8)] : kParts[below(14)];
        return out;
    }

    Value value(const FieldInfo& field) {
        Value v;
        switch (field.type) {
            case FieldType::text:
                v.text = word(true);
                break;
            case FieldType::name:
                v.text = word(false);
                break;
            case FieldType::integer:
                v.integer = static_cast<int64_t>(field.low) +
                            static_cast<int64_t>(below(static_cast<uint64_t>(field.high - field.low) + 1));
                break;
            case FieldType::number:
            case FieldType::percent:
                v.number = field.low + (field.high - field.low) * static_cast<double>(below(1ULL << 53)) / 0x1p53;
                break;
            case FieldType::duration:
                v.integer = to_ticks(field.low, field.unit) + 1 + static_cast<int64_t>(below(1ULL << (1 + below(51))));
                v.integer = std::min(v.integer, to_ticks(field.high, field.unit));
                break;
            case FieldType::flag:
                v.integer = static_cast<int64_t>(below(2));
                break;
            case FieldType::choice:
                v.integer = static_cast<int64_t>(below(field.values.size()));
                break;
            case FieldType::date:
                v.integer = static_cast<int64_t>(below(1ULL << 52)) - (1LL << 51);
                break;
        }
        return v;
    }

    void fill(const TableInfo& table, Row& row, uint64_t number) {
        for (size_t i = 0; i < table.fields.size(); ++i) {
            const FieldInfo& field = table.fields[i];
            if (field.starts_distribution) {
                fill_distribution(table, row, i);
                i += 3;
            } else if (field.required || below(2) == 0) {
                field.set(row, value(field));
            }
        }
        // names must differ; warm-up and horizon may be anything
        for (const std::string_view key : table.unique) {
            const FieldInfo& field = table.fields[field_index(table, key)];
            Value v;
            v.text = word(false) + std::to_string(number);
            v.integer = static_cast<int64_t>(field.low) + static_cast<int64_t>(number) + 1;
            if (key == "route") v.text = "route " + std::to_string(below(3));
            field.set(row, v);
        }
    }

    void fill_distribution(const TableInfo& table, Row& row, size_t i) {
        if (!table.fields[i].same_as.empty() && below(3) == 0) {
            const size_t from = field_index(table, table.fields[i].same_as);
            for (size_t k = 0; k < 3; ++k) table.fields[i + k].set(row, table.fields[from + k].get(row));
            const Value shape = table.fields[from + 3].get(row);
            if (shape.integer > 0) table.fields[i + 3].set(row, shape);
            return;
        }
        Value v;
        v.integer = static_cast<int64_t>(below(table.fields[i].values.size()));
        const auto kind = static_cast<DistKind>(v.integer);
        table.fields[i].set(row, v);
        const Value mean = value(table.fields[i + 1]);
        table.fields[i + 1].set(row, mean);
        v.integer = kind == DistKind::erlang ? 1 + static_cast<int64_t>(below(1000))
                                             : static_cast<int64_t>(below(static_cast<uint64_t>(mean.integer) + 1));
        if (kind != DistKind::constant && kind != DistKind::exponential) table.fields[i + 2].set(row, v);
    }

    RandomSource source_;
    uint64_t index_ = 0;
};

std::string difference(const Spec& a, const Spec& b) {
    for (const TableInfo& t : spec_tables()) {
        if (t.size(a) != t.size(b)) return std::string(t.name) + ": other number of rows";
        for (size_t i = 0; i < t.size(a); ++i) {
            for (const FieldInfo& f : t.fields) {
                const Value x = f.get(t.const_row(a, i));
                const Value y = f.get(t.const_row(b, i));
                if (!(x == y))
                    return std::string(t.name) + "." + std::string(f.key) + ": " + value_text(f, x, 0) + " / " +
                           value_text(f, y, 0);
            }
        }
    }
    return a.switches == b.switches ? "" : "switches";
}

// is a model that was written and read the same, whatever it holds?
TEST(Writer, read_gives_back_what_was_written) {
    for (uint64_t seed = 0; seed < 300; ++seed) {
        const Spec spec = Generator(seed).make();
        const std::vector<ModelFile> files = model_files(spec);
        SourceMap sources;
        const Result<Spec> again = read_model_text(files, &sources);
        ASSERT_TRUE(again) << "seed " << seed << "\n" << render_all(again.error(), sources);
        ASSERT_EQ(difference(spec, *again), "") << "seed " << seed;
        ASSERT_TRUE(same_model(spec, *again));
        // and the text of the second writing is the same
        const std::vector<ModelFile> second = model_files(*again);
        ASSERT_EQ(second.size(), files.size());
        for (size_t i = 0; i < files.size(); ++i) ASSERT_EQ(second[i].contents, files[i].contents) << files[i].name;
    }
}

TEST(Writer, defaults_are_left_out) {
    Spec spec;
    spec.line.name = "demo";
    spec.tool_groups.emplace_back().name = "etch";
    const std::vector<ModelFile> files = model_files(spec);
    ASSERT_EQ(files.size(), 2U);
    EXPECT_EQ(files[0].contents, "[line]\nname = \"demo\"\n\n[files]\ntool_group = \"tool_groups.csv\"\n");
    EXPECT_EQ(files[1].contents, "name\netch\n");
}

TEST(Writer, routes_get_files_of_their_own) {
    Spec spec;
    spec.line.name = "demo";
    for (const char* route : {"a/b", "a b", "../x", "A/B"}) {
        spec.steps.emplace_back().route = route;
        spec.steps.back().step = 1;
        spec.steps.back().tool_group = "t";
    }
    const std::vector<ModelFile> files = model_files(spec);
    ASSERT_EQ(files.size(), 5U);
    EXPECT_EQ(files[1].name, "route_a_b.csv");
    EXPECT_EQ(files[2].name, "route_a_b_2.csv");
    EXPECT_EQ(files[3].name, "route____x.csv");
    EXPECT_EQ(files[4].name, "route_A_B_3.csv");
}

// does a folder appear as a whole, and is nothing of the user's overwritten?
TEST(Writer, folders) {
    const fs::path base = fs::temp_directory_path() / ("chipchain_writer_" + std::to_string(::getpid()));
    fs::remove_all(base);
    const std::string model = (base / "new" / "model").string();
    Spec spec = Generator(1).make();
    ASSERT_TRUE(write_model(spec, model));
    Result<Spec> again = read_model(model);
    ASSERT_TRUE(again);
    EXPECT_TRUE(same_model(spec, *again));
    // a second time only when told, and then other files stay
    EXPECT_EQ(write_model(spec, model).error()[0].id, "folder-not-empty");
    testing::write_text(fs::path(model) / "notes.txt", "mine");
    testing::write_text(fs::path(model) / "stale.csv", "x");
    spec = Generator(2).make();
    ASSERT_TRUE(write_model(spec, model + "/", true));
    again = read_model(model);
    ASSERT_TRUE(again);
    EXPECT_TRUE(same_model(spec, *again));
    EXPECT_EQ(testing::read_text(fs::path(model) / "notes.txt"), "mine");
    EXPECT_FALSE(fs::exists(fs::path(model) / "stale.csv"));
    // a folder that holds no model is never overwritten
    EXPECT_EQ(write_model(spec, (base / "new").string(), true).error()[0].id, "folder-not-empty");
    fs::create_directories(base / "empty");
    EXPECT_TRUE(write_model(spec, (base / "empty").string()));
    testing::write_text(base / "file", "x");
    EXPECT_EQ(write_model(spec, (base / "file").string(), true).error()[0].id, "folder-not-empty");
    EXPECT_EQ(write_model(spec, (base / "file" / "model").string()).error()[0].id, "file-not-writable");
    // nothing is left behind
    size_t entries = 0;
    for (const auto& entry : fs::directory_iterator(base / "new")) entries += entry.exists() ? 1 : 0;
    EXPECT_EQ(entries, 1U);
    fs::remove_all(base);
}

}  // namespace
}  // namespace chipchain
