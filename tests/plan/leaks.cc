// What the sanitizers find in the COIN-OR libraries of Debian is not ours to mend: CoinUtils 2.11 loses an array in
// implied_free_action::presolve.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CHIPCHAIN_LEAK_SANITIZER
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define CHIPCHAIN_LEAK_SANITIZER
#endif

#ifdef CHIPCHAIN_LEAK_SANITIZER
extern "C" const char* __lsan_default_suppressions() { return "leak:libCoinUtils\nleak:libClp\nleak:libCbc\n"; }
#endif
