# One call per layer. This file is the only place where the dependency rule is enforced at configure time:
# it makes the library, and it writes layers.json into the build folder, which tools/check_layers.py reads.
#
#   postern_layer(NAME decide USES base model [SYSTEM sqlite3])
#
# A layer is the folder of that name: every .cpp in it (sub-folders that are layers of their own excepted).
# USES names the layers whose headers this layer may include. Anything else is a test failure.
find_package(Threads REQUIRED)

add_library(postern_options INTERFACE)
target_include_directories(postern_options INTERFACE ${PROJECT_SOURCE_DIR}/src)
target_compile_options(postern_options INTERFACE
  -fPIE -Wall -Wextra -Wno-missing-field-initializers -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Wold-style-cast
  -Woverloaded-virtual -Wimplicit-fallthrough -Werror=vla -Werror=return-type
  -fno-omit-frame-pointer -fstack-protector-strong -fcf-protection
  $<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=2>
  $<$<BOOL:${POSTERN_WERROR}>:-Werror>
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-fno-coroutines>)
target_compile_definitions(postern_options INTERFACE $<$<CONFIG:Debug>:_GLIBCXX_ASSERTIONS>
  POSTERN_VERSION="${PROJECT_VERSION}")
target_link_options(postern_options INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack)
target_link_libraries(postern_options INTERFACE Threads::Threads)
if(POSTERN_SANITIZE)
  target_compile_options(postern_options INTERFACE -fsanitize=${POSTERN_SANITIZE} -fno-sanitize-recover=all)
  string(REPLACE "fuzzer-no-link," "" link_sanitize "${POSTERN_SANITIZE}")
  target_link_options(postern_options INTERFACE -fsanitize=${link_sanitize})
  if(POSTERN_SANITIZE MATCHES "thread")
    # ThreadSanitizer does not understand fences, and Asio's are not what its handlers are ordered by: its locks are.
    target_compile_definitions(postern_options INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)
  endif()
endif()

set_property(GLOBAL PROPERTY POSTERN_LAYERS "")
function(postern_layer)
  cmake_parse_arguments(L "" "NAME" "USES;SYSTEM" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${L_NAME}/*.cpp)
  string(REPLACE "/" "_" target postern_${L_NAME})
  if(sources)
    add_library(${target} STATIC ${sources})
    set(scope PUBLIC)
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_link_libraries(${target} ${scope} postern_options)
  foreach(used IN LISTS L_USES)
    string(REPLACE "/" "_" used_target postern_${used})
    if(NOT TARGET ${used_target})
      message(FATAL_ERROR "layer '${L_NAME}' uses '${used}', which is not declared above it: layers are declared bottom-up, so there can be no cycle")
    endif()
    target_link_libraries(${target} ${scope} ${used_target})
  endforeach()
  if(L_SYSTEM)
    if(sources)
      target_link_libraries(${target} PRIVATE ${L_SYSTEM})
    else()
      target_link_libraries(${target} INTERFACE ${L_SYSTEM})
    endif()
  endif()
  list(JOIN L_USES "\", \"" uses)
  if(L_USES)
    set(uses "\"${uses}\"")
  endif()
  set_property(GLOBAL APPEND PROPERTY POSTERN_LAYERS "  \"${L_NAME}\": [${uses}]")
endfunction()

function(postern_write_layers)
  get_property(layers GLOBAL PROPERTY POSTERN_LAYERS)
  list(JOIN layers ",\n" body)
  file(WRITE ${PROJECT_BINARY_DIR}/layers.json "{\n${body}\n}\n")
endfunction()
