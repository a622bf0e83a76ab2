// Exit codes of the program.
#pragma once

namespace chipchain {

inline constexpr int kExitGood = 0;
inline constexpr int kExitFailed = 1;     // a file could not be written, a comparison failed
inline constexpr int kExitMistake = 2;    // of the user: command line or model
inline constexpr int kExitOurFault = 3;   // a conservation identity is broken
inline constexpr int kExitStopped = 130;  // interrupted; what was finished is reported

}  // namespace chipchain
