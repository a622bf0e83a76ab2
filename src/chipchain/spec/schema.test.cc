#include "chipchain/spec/schema.h"

#include <gtest/gtest.h>

#include <set>

#include "chipchain/spec/json_schema.h"
#include "chipchain/spec/reference_page.h"
#include "chipchain/spec/testdata.h"

#include <nlohmann/json.hpp>

namespace chipchain {
namespace {

// do the tables keep what schema.h promises?
TEST(Schema, tables_are_sound) {
    std::set<std::string_view> names;
    for (const TableInfo& table : spec_tables()) {
        EXPECT_TRUE(names.insert(table.name).second) << table.name;
        EXPECT_LE(table.fields.size(), 64U) << table.name;
        EXPECT_FALSE(table.help.empty());
        for (const std::string_view key : table.unique) EXPECT_NE(field_index(table, key), kNoField) << key;
        std::set<std::string_view> keys;
        for (size_t i = 0; i < table.fields.size(); ++i) {
            const FieldInfo& field = table.fields[i];
            EXPECT_TRUE(keys.insert(field.key).second) << field.key;
            EXPECT_FALSE(field.help.empty()) << field.key;
            EXPECT_EQ(field.type == FieldType::choice, !field.values.empty()) << field.key;
            EXPECT_EQ(field.type == FieldType::duration, field.unit != 0) << field.key;
            EXPECT_TRUE(field.unit == 0 || field.key.ends_with("_" + std::string(field.unit_name))) << field.key;
            if (field.starts_distribution) {
                ASSERT_LT(i + 3, table.fields.size());
                EXPECT_TRUE(table.fields[i + 3].key.ends_with("_shape")) << field.key;
            }
            if (!field.needed_when.empty()) {
                const size_t other = field_index(table, field.needed_when.substr(0, field.needed_when.find('=')));
                ASSERT_NE(other, kNoField) << field.needed_when;
                EXPECT_EQ(table.fields[other].type, FieldType::choice);
            }
        }
    }
    EXPECT_EQ(spec_tables()[0].name, "line");
}

// does each field give back what was set, and touch no other one?
TEST(Schema, access) {
    for (const TableInfo& table : spec_tables()) {
        for (size_t i = 0; i < table.fields.size(); ++i) {
            const FieldInfo& field = table.fields[i];
            if (field.key.ends_with("_shape")) continue;  // shares its place with the half width
            Spec spec;
            Row& row = table.add(spec);
            Value value;
            if (field.type == FieldType::text || field.type == FieldType::name) {
                value.text = "x";
            } else if (field.type == FieldType::number || field.type == FieldType::percent) {
                value.number = 12.5;
            } else {
                value.integer = 1;
            }
            field.set(row, value);
            EXPECT_EQ(field.get(row), value) << field.key;
            for (size_t k = 0; k < table.fields.size(); ++k) {
                if (k == i) continue;
                EXPECT_EQ(table.fields[k].get(row), table.fields[k].get(table.defaults()))
                    << field.key << " " << table.fields[k].key;
            }
        }
    }
}

TEST(Schema, dates) {
    Time t = 0;
    EXPECT_TRUE(parse_date("1970-01-02T00:00:00.000001", t));
    EXPECT_EQ(t, kDay + 1);
    EXPECT_EQ(date_text(t), "1970-01-02T00:00:00.000001");
    EXPECT_EQ(date_text(-1), "1969-12-31T23:59:59.999999");
    EXPECT_TRUE(parse_date("1969-12-31T23:59:59.999999", t));
    EXPECT_EQ(t, -1);
    for (const char* wrong :
         {"",
          "1970",
          "1970-1-01",
          "1970-01-01T",
          "1970-01-01T00:00:00.",
          "1970-01-01T00:00:00.1234567",
          " 970-01-01",
          "1970-01-01X00:00:00",
          "+970-01-01",
          "1970-01-01T00:00:00Z",
          "1970-01-01T00:00:00.x"}) {
        EXPECT_FALSE(parse_date(wrong, t)) << wrong;
    }
}

// is docs/reference.md what the program prints?
TEST(Schema, reference_page_is_fresh) {
    const auto path = testing::project_folder() / "docs" / "reference.md";
    if (testing::updating()) testing::write_text(path, reference_page());
    EXPECT_EQ(testing::read_text(path), reference_page()) << "make it again with CHIPCHAIN_UPDATE=1";
}

TEST(Schema, json_schema_holds_every_key) {
    const auto schema = nlohmann::json::parse(json_schema());
    EXPECT_EQ(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    for (const TableInfo& table : spec_tables()) {
        const auto& property = schema["properties"][std::string(table.name)];
        const auto& object = table.single ? property : property["items"];
        EXPECT_EQ(object["properties"].size(), table.fields.size()) << table.name;
    }
    EXPECT_EQ(schema["properties"]["switches"]["properties"].size(), switch_table().size());
}

}  // namespace
}  // namespace chipchain
