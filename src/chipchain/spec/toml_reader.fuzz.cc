// Any bytes as model.toml: no crash, and what is accepted can be written and read again.
#include <cstddef>
#include <cstdint>

#include "chipchain/base/check.h"
#include "chipchain/spec/schema.h"
#include "chipchain/spec/writer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace chipchain;
    const std::vector<ModelFile> files = {
        {"model.toml", std::string(reinterpret_cast<const char*>(data), size)},
        {"a.csv", "name,route\np,r\n"}};
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
