# Embeds the built pages of web/ into a target: postern_embed_web(target)
#
# The pages are built once for all presets, into build/web/dist, by `./dev` (tools/build_web.sh). Configuring builds
# them too when they are missing, so that plain cmake works. They are part of the program: there is no file to install.
enable_language(ASM)
find_package(Python3 REQUIRED COMPONENTS Interpreter)
set(POSTERN_WEB_DIST ${PROJECT_SOURCE_DIR}/build/web/dist)

function(postern_embed_web target)
  if(NOT EXISTS ${POSTERN_WEB_DIST}/index.html)
    execute_process(COMMAND ${PROJECT_SOURCE_DIR}/tools/build_web.sh RESULT_VARIABLE failed)
    if(failed)
      message(FATAL_ERROR "the pages of web/ could not be built, see above; ./dev build installs what that needs")
    endif()
  endif()
  set(out ${PROJECT_BINARY_DIR}/web)
  # dist/ is replaced as a whole, so index.html, which names every other file by its hash, stands for all of them.
  add_custom_command(
    OUTPUT ${out}/web_assets.S ${out}/web_assets.cpp
    COMMAND Python3::Interpreter ${PROJECT_SOURCE_DIR}/tools/embed_assets.py ${POSTERN_WEB_DIST} ${out}
    COMMAND ${CMAKE_COMMAND} -E touch ${out}/web_assets.S ${out}/web_assets.cpp
    DEPENDS ${POSTERN_WEB_DIST}/index.html ${PROJECT_SOURCE_DIR}/tools/embed_assets.py
    COMMENT "Embedding the pages of web/"
    VERBATIM)
  add_library(${target}_web_bytes OBJECT ${out}/web_assets.S)
  target_compile_options(${target}_web_bytes PRIVATE -fcf-protection)
  set_target_properties(${target}_web_bytes PROPERTIES INTERPROCEDURAL_OPTIMIZATION OFF)
  target_sources(${target} PRIVATE ${out}/web_assets.cpp $<TARGET_OBJECTS:${target}_web_bytes>)
endfunction()
