// Any bytes as the files of an SMT2020 folder, separated by 0x1e: no crash, and what is accepted can be written and
// read again, natively and in its own form.
#include <cstddef>
#include <cstdint>

#include "chipchain/base/check.h"
#include "chipchain/spec/schema.h"
#include "chipchain/spec/smt2020_reader.h"
#include "chipchain/spec/smt2020_writer.h"
#include "chipchain/spec/writer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace chipchain;
    constexpr const char* kNames[] = {
        "tool.txt",
        "part.txt",
        "r.txt",
        "order.txt",
        "WIP.txt",
        "attach.txt",
        "downcal.txt",
        "pmcal.txt",
        "setup.txt",
        "setupgrp.txt",
        "fromto.txt"};
    std::vector<ModelFile> files;
    const std::string text(reinterpret_cast<const char*>(data), size);
    size_t at = 0;
    for (const char* name : kNames) {
        const size_t end = std::min(text.find('\x1e', at), text.size());
        files.push_back({name, text.substr(at, end - at)});
        at = std::min(end + 1, text.size());
    }
    Diagnostics notes;
    SourceMap sources;
    const Result<Spec> spec = read_smt2020_text(files, "fuzz", notes, &sources);
    if (!spec) {
        CHECK(!render_all(spec.error(), sources).empty());
        return 0;
    }
    const Result<Spec> again = read_model_text(model_files(*spec));
    CHECK(again && same_model(*spec, *again));
    // the files that are written for it read as themselves
    const Result<std::vector<ModelFile>> written = smt2020_files(*spec, false, notes);
    CHECK(written);
    const Result<Spec> reread = read_smt2020_text(*written, "fuzz", notes);
    CHECK(reread);
    const Result<std::vector<ModelFile>> rewritten = smt2020_files(*reread, false, notes);
    CHECK(rewritten && rewritten->size() == written->size());
    for (size_t i = 0; i < written->size(); ++i) CHECK((*written)[i].contents == (*rewritten)[i].contents);
    return 0;
}
