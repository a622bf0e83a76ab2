// Is the generated page of the result tables the one in docs/?
#include <gtest/gtest.h>

#include <set>

#include "chipchain/report/result_tables.h"
#include "chipchain/spec/testdata.h"

namespace chipchain {
namespace {

TEST(ResultPages, results_page_is_fresh) {
    const std::filesystem::path path = testing::project_folder() / "docs" / "results.md";
    if (testing::updating()) testing::write_text(path, results_page());
    EXPECT_EQ(testing::read_text(path), results_page()) << "CHIPCHAIN_UPDATE=1 makes it again";
}

TEST(ResultPages, columns_are_named_once_and_explained) {
    for (const TableSchema& schema : result_schemas()) {
        std::set<std::string_view> names;
        for (const ColumnInfo& column : schema.columns) {
            EXPECT_TRUE(names.insert(column.name).second) << schema.name << "." << column.name;
            EXPECT_FALSE(column.help.empty()) << schema.name << "." << column.name;
        }
        EXPECT_EQ(find_result_schema(schema.name), &schema);
    }
}

}  // namespace
}  // namespace chipchain
