# The solvers behind src/chipchain/plan/solver.h: chipchain_solvers is what to link. Only plan/*_solver.cc and the tests of
# plan/ see their headers, so that the rest is not compiled anew when a solver comes or goes.
#
# HiGHS: an installed one, else what tools/setup_highs put into the user's cache; without either there is CLP only.
# CLP and CBC: Debian's, always.
add_library(chipchain_solvers INTERFACE)
find_path(CHIPCHAIN_COIN_INCLUDE NAMES ClpSimplex.hpp PATH_SUFFIXES coin coin-or REQUIRED)
mark_as_advanced(CHIPCHAIN_COIN_INCLUDE)
set(chipchain_solver_options -isystem ${CHIPCHAIN_COIN_INCLUDE})
foreach(name Cbc Cgl OsiClp Clp Osi CoinUtils)
    find_library(CHIPCHAIN_LIB_${name} NAMES ${name} REQUIRED)
    mark_as_advanced(CHIPCHAIN_LIB_${name})
    target_link_libraries(chipchain_solvers INTERFACE ${CHIPCHAIN_LIB_${name}})
endforeach()

# The cache is a dependency of the configuration: HiGHS that arrives later, or goes, is seen by the next build.
set(chipchain_cache $ENV{XDG_CACHE_HOME})
if(NOT chipchain_cache)
    set(chipchain_cache $ENV{HOME}/.cache)
endif()
string(APPEND chipchain_cache /chipchain)
file(MAKE_DIRECTORY ${chipchain_cache})
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${chipchain_cache})

set(highs_library)
find_package(highs 1.15 CONFIG QUIET)
if(highs_FOUND)
    set(highs_library highs::highs)
    list(APPEND chipchain_solver_options
        "-isystem$<JOIN:$<TARGET_PROPERTY:highs::highs,INTERFACE_INCLUDE_DIRECTORIES>,;-isystem>")
else()
    # not by its CMake files: those of the binary distribution name a folder that it does not have
    set(highs_root ${chipchain_cache}/highs-1.15.1-${CMAKE_HOST_SYSTEM_PROCESSOR})
    find_library(highs_library NAMES highs PATHS ${highs_root} PATH_SUFFIXES lib lib64 NO_DEFAULT_PATH NO_CACHE)
    list(APPEND chipchain_solver_options -isystem ${highs_root}/include/highs)
endif()
if(highs_library)
    target_link_libraries(chipchain_solvers INTERFACE ${highs_library})
    list(APPEND chipchain_solver_options -DCHIPCHAIN_HAS_HIGHS)
else()
    message(STATUS "no HiGHS (tools/setup_highs): plans are solved by CLP")
endif()

file(GLOB chipchain_solver_files CONFIGURE_DEPENDS
    ${PROJECT_SOURCE_DIR}/src/chipchain/plan/*_solver.cc ${PROJECT_SOURCE_DIR}/src/chipchain/plan/*.test.cc)
set_source_files_properties(${chipchain_solver_files} PROPERTIES COMPILE_OPTIONS "${chipchain_solver_options}")
