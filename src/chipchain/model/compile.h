// compile(Spec) -> Model: resolves every name, checks everything that involves more than one field, normalises units,
// expands areas to tool groups, assigns dense ids in file order, derives raw process times and queue classes.
// A compiled model can be run: sim::run cannot fail for a reason of the user's.
#pragma once

#include "chipchain/base/diagnostic.h"
#include "chipchain/model/model.h"
#include "chipchain/spec/spec.h"

namespace chipchain {

// Returns the model, or every semantic error of the spec at once. Warnings are appended to `warnings`.
[[nodiscard]] Result<Model> compile(const Spec& spec, Diagnostics& warnings);

}  // namespace chipchain
