# Lists the suites of a GoogleTest program into a file of add_test() calls. A program that cannot list them fails.
execute_process(COMMAND ${PROGRAM} --gtest_list_tests
    WORKING_DIRECTORY ${WORKING_DIR} OUTPUT_VARIABLE listing RESULT_VARIABLE failed)
if(failed)
    message(FATAL_ERROR "${PROGRAM} --gtest_list_tests failed: ${failed}\n${listing}")
endif()
string(REGEX MATCHALL "\n[^ \n][^\n]*\\.( |\n)" suites "\n${listing}")
set(script "")
foreach(suite IN LISTS suites)
    string(REGEX REPLACE "^\n|\\.[ \n]$" "" suite "${suite}")
    set(label fast)
    set(timeout 400)  # a few seconds when quiet; a busy machine is no failure
    if(suite MATCHES "(^|/)Full")
        set(label full)
        set(timeout 900)
    elseif(suite MATCHES "(^|/)Long")
        set(label long)
        set(timeout 7200)
    endif()
    string(APPEND script
        "add_test([==[${suite}]==] [==[${PROGRAM}]==] [==[--gtest_filter=${suite}.*]==] --gtest_brief=1)\n"
        "set_tests_properties([==[${suite}]==] PROPERTIES LABELS ${label} TIMEOUT ${timeout} "
        "WORKING_DIRECTORY [==[${WORKING_DIR}]==])\n")
endforeach()
file(WRITE ${OUTPUT} "${script}")
