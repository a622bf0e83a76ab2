// CHECK is for our own mistakes only: a failed CHECK prints the condition and aborts, in every build type.
// DCHECK is the same in builds without NDEBUG and free otherwise; it is meant for the event loop.
// A user's mistake never reaches either of them: it becomes a Diagnostic (base/diagnostic.h).
#pragma once

namespace chipchain {

[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace chipchain

#define CHECK(condition)                                                      \
    (__builtin_expect(static_cast<bool>(condition), 1) ? static_cast<void>(0) \
                                                       : ::chipchain::check_failed(#condition, __FILE__, __LINE__))

#ifdef NDEBUG
#define DCHECK(condition) static_cast<void>(sizeof(static_cast<bool>(condition)))
#else
#define DCHECK(condition) CHECK(condition)
#endif
