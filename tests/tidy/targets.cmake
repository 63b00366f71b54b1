# Targets that keep the style: cmake --build build/dev -t format | format-check | clang-tidy | cppcheck,
# and coverage-report after the tests of the coverage preset.
file(GLOB_RECURSE style_files CONFIGURE_DEPENDS
  common/*.[ch] proto/*.[ch] sensor/*.[ch] collector/*.[ch] deploy/*.[ch] tests/*.[ch])
find_program(CLANG_FORMAT NAMES clang-format-14 clang-format)
find_program(RUN_CLANG_TIDY NAMES run-clang-tidy-14 run-clang-tidy)
find_program(CPPCHECK cppcheck)
find_program(GCOVR gcovr)

if(CLANG_FORMAT)
  add_custom_target(format COMMAND ${CLANG_FORMAT} -i ${style_files} VERBATIM)
  add_custom_target(format-check COMMAND ${CLANG_FORMAT} --dry-run -Werror ${style_files} VERBATIM)
endif()
if(RUN_CLANG_TIDY)
  add_custom_target(clang-tidy
    COMMAND ${RUN_CLANG_TIDY} -quiet -p ${CMAKE_BINARY_DIR}
      "^${CMAKE_SOURCE_DIR}/(common|proto|sensor|collector|deploy|tests)/"
    USES_TERMINAL VERBATIM)
endif()
# incorrectLogicOperator: cppcheck 2.10 reads 0x1p-28 as 0.
if(CPPCHECK)
  add_custom_target(cppcheck
    COMMAND ${CPPCHECK} --quiet --project=${CMAKE_BINARY_DIR}/compile_commands.json
      --enable=warning,performance,portability --inline-suppr --error-exitcode=1
      --suppress=*:${CMAKE_BINARY_DIR}/* --suppress=unknownMacro --suppress=incorrectLogicOperator -i${CMAKE_BINARY_DIR} -j2
    USES_TERMINAL VERBATIM)
endif()
if(GCOVR)
  add_custom_target(coverage-report
    COMMAND ${GCOVR} --root ${CMAKE_SOURCE_DIR} --object-directory ${CMAKE_BINARY_DIR}
      --exclude ${CMAKE_BINARY_DIR} --exclude tests/
    USES_TERMINAL VERBATIM)
endif()

# Both read compile_commands.json, which names generated sources too.
foreach(tool clang-tidy cppcheck)
  if(TARGET ${tool} AND TARGET weir_proto)
    add_dependencies(${tool} weir_proto)
  endif()
endforeach()
