// Any bytes as a CSV file; the first byte chooses the table. No crash, and what is accepted can be written and read
// again.
#include <cstddef>
#include <cstdint>

#include "chipchain/base/check.h"
#include "chipchain/spec/schema.h"
#include "chipchain/spec/writer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace chipchain;
    if (size == 0) return 0;
    const std::span<const TableInfo> tables = spec_tables().subspan(1);
    const TableInfo& table = tables[data[0] % tables.size()];
    const std::vector<ModelFile> files = {
        {"model.toml", "[line]\nname = \"f\"\n[files]\n" + std::string(table.name) + " = \"a.csv\"\n"},
        {"a.csv", std::string(reinterpret_cast<const char*>(data) + 1, size - 1)}};
    SourceMap sources;
    const Result<Spec> spec = read_model_text(files, &sources);
    if (!spec) {
        CHECK(!render_all(spec.error(), sources).empty());
        return 0;
    }
    const Result<Spec> again = read_model_text(model_files(*spec));
    CHECK(again && same_model(*spec, *again));
    return 0;
}
