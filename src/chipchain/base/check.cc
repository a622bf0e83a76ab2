#include "chipchain/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace chipchain {

void check_failed(const char* condition, const char* file, int line) {
    std::fprintf(stderr, "chipchain: internal error at %s:%d: CHECK(%s) failed\n", file, line, condition);
    std::fprintf(stderr, "This is a defect of chipchain, not of your model. Please report it with the model file.\n");
    std::abort();
}

}  // namespace chipchain
