# Sources by suffix. Every glob is looked at again by each build (CONFIGURE_DEPENDS).

# The *.cc of one folder of src/chipchain (not below it) that are neither tests, benchmarks nor fuzzers.
function(chipchain_sources out folder)
    file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/chipchain/${folder}/*.cc)
    list(FILTER sources EXCLUDE REGEX "\\.(test|perf|fuzz|bind)\\.cc$")
    set(${out} ${sources} PARENT_SCOPE)
endfunction()

function(chipchain_add_folder target folder)
    chipchain_sources(sources ${folder})
    target_sources(${target} PRIVATE ${sources})
endfunction()

# All files *.<kind>.cc of all folders and of tests/.
function(chipchain_find_kind out kind)
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS
        ${PROJECT_SOURCE_DIR}/src/chipchain/*.${kind}.cc
        ${PROJECT_SOURCE_DIR}/tests/*.${kind}.cc)
    set(${out} ${sources} PARENT_SCOPE)
endfunction()
