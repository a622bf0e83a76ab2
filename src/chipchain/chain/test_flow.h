// Small flows for tests.
#pragma once

#include <stdexcept>
#include <string>

#include "chipchain/base/diagnostic.h"
#include "chipchain/chain/flow_model.h"
#include "chipchain/spec/embedded_flows.h"
#include "chipchain/spec/reader.h"

namespace chipchain::testing {

inline Spec flow_spec(const std::string& text) {
    SourceMap sources;
    const ModelFile files[] = {{"flow.toml", "[line]\nname = \"flow\"\n" + text}};
    Result<Spec> spec = read_model_text(files, &sources);
    if (!spec) throw std::runtime_error(render_all(spec.error(), sources));
    return std::move(*spec);
}

// The diagnostics of a flow file as the user sees them; "" when there are none.
inline std::string flow_mistakes(const std::string& text) {
    SourceMap sources;
    const ModelFile files[] = {{"flow.toml", "[line]\nname = \"flow\"\n" + text}};
    const Result<Spec> spec = read_model_text(files, &sources);
    if (!spec) return render_all(spec.error(), sources);
    const Result<FlowModel> model = compile_flow(*spec);
    return model ? "" : render_all(model.error(), spec->sources);
}

inline FlowModel flow_model(const Spec& spec) {
    Result<FlowModel> model = compile_flow(spec);
    if (!model) throw std::runtime_error(render_all(model.error(), spec.sources));
    return std::move(*model);
}

inline Spec half_reticle_spec() { return embedded_flow("ai5-half-reticle").value(); }

}  // namespace chipchain::testing
