# The compile flags of every file of the project, as the interface target chipchain_flags.
#
# Results must be the same bits everywhere: no contraction of a * b + c, no fast-math, no -march. Warnings are errors
# with both compilers; -Wswitch makes a forgotten enumerator an error.
file(RELATIVE_PATH chipchain_up ${PROJECT_BINARY_DIR} ${PROJECT_SOURCE_DIR})  # as ccache writes it: ../../
string(REGEX REPLACE "/$" "" chipchain_up ${chipchain_up})
add_library(chipchain_flags INTERFACE)
target_compile_features(chipchain_flags INTERFACE cxx_std_20)
target_compile_options(chipchain_flags INTERFACE
    $<$<COMPILE_LANGUAGE:CXX>:-ffp-contract=off;-fno-fast-math>
    # paths in messages and debug data are relative to the project, so that builds of two clones are the same
    $<$<COMPILE_LANGUAGE:CXX>:-ffile-prefix-map=${PROJECT_SOURCE_DIR}/=;-ffile-prefix-map=${chipchain_up}/=>
    $<$<COMPILE_LANGUAGE:CXX>:-Wall;-Wextra;-Wpedantic;-Wswitch;-Wconversion;-Wno-sign-conversion;-Wshadow>
    $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor;-Woverloaded-virtual;-Wcast-qual;-Wformat=2;-Wextra-semi;-Wundef>
    $<$<COMPILE_LANGUAGE:CXX>:-Wimplicit-fallthrough;-Wvla;-Werror>
    # designated initialisers leave the rest at its default: that is their point
    $<$<COMPILE_LANGUAGE:CXX>:-Wno-missing-field-initializers>
)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    # clang warns of every int64 -> double, which is what ticks become in a report
    target_compile_options(chipchain_flags INTERFACE
        $<$<COMPILE_LANGUAGE:CXX>:-Wno-implicit-int-float-conversion;-fcolor-diagnostics>)
else()
    # g++ 12 sees overlapping copies in std::string that are not there (its bug 105651)
    target_compile_options(chipchain_flags INTERFACE
        $<$<COMPILE_LANGUAGE:CXX>:-Wlogical-op;-Wduplicated-cond;-fdiagnostics-color;-Wno-restrict>)
endif()

if(CHIPCHAIN_SANITIZE)
    target_compile_options(chipchain_flags INTERFACE
        $<$<COMPILE_LANGUAGE:CXX>:-fsanitize=${CHIPCHAIN_SANITIZE};-fno-sanitize-recover=all;-fno-omit-frame-pointer>)
    target_link_options(chipchain_flags INTERFACE -fsanitize=${CHIPCHAIN_SANITIZE})
endif()

if(CHIPCHAIN_IPO)
    include(CheckIPOSupported)
    check_ipo_supported(LANGUAGES CXX)
    set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
endif()

find_program(CHIPCHAIN_CCACHE ccache)
mark_as_advanced(CHIPCHAIN_CCACHE)
if(CHIPCHAIN_CCACHE)
    # Paths below the project are taken relative, so that all clones of one machine share what was compiled.
    set(CMAKE_CXX_COMPILER_LAUNCHER
        ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CHIPCHAIN_CCACHE})
endif()

find_program(CHIPCHAIN_MOLD mold)
mark_as_advanced(CHIPCHAIN_MOLD)
