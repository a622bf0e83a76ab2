// Any bytes as a SEMI G85 file. No crash, and what is accepted can be written and read again.
#include "chipchain/report/map_g85.h"

#include "chipchain/base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace chipchain;
    const std::string text(reinterpret_cast<const char*>(data), size);
    SourceMap sources;
    const Result<SubstrateMap> map = parse_map("map.xml", text, sources);
    if (!map) {
        CHECK(!render_all(map.error(), sources).empty());
        return 0;
    }
    const Result<SubstrateMap> again = parse_map("again.xml", g85_text(*map), sources);
    CHECK(again && same_map(*map, *again));
    return 0;
}
