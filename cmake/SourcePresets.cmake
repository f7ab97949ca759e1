# Embeds the presets of sources/ into a target: postern_embed_sources(target)
#
# They are part of the program: there is no file to install.
find_package(Python3 REQUIRED COMPONENTS Interpreter)

function(postern_embed_sources target)
  file(GLOB presets CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/sources/*.toml)
  set(out ${PROJECT_BINARY_DIR}/sources/shipped_presets.cpp)
  add_custom_command(
    OUTPUT ${out}
    COMMAND Python3::Interpreter ${PROJECT_SOURCE_DIR}/tools/embed_sources.py ${out} ${presets}
    DEPENDS ${presets} ${PROJECT_SOURCE_DIR}/tools/embed_sources.py
    COMMENT "Embedding the presets of sources/"
    VERBATIM)
  target_sources(${target} PRIVATE ${out})
endfunction()
