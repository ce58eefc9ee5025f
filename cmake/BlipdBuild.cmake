# How every blipd library is compiled.

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # What a precompiled header was made from is compared by ccache, not by the compiler. Paths count from the checkout, so
  # that a second clone finds what the first one compiled.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros
    CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=true ${CCACHE_PROGRAM})
endif()

add_library(blipd_build INTERFACE)
target_include_directories(blipd_build INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(blipd_build INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Wold-style-cast
  $<$<BOOL:${BLIPD_WERROR}>:-Werror>)
# Asio and Beast are used as they are in one or two files each; what they do not need is left out. SELECT stays epoll.
target_compile_definitions(blipd_build INTERFACE
  BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_COROUTINE
  $<$<CONFIG:Release,RelWithDebInfo>:_FORTIFY_SOURCE=2> $<$<CONFIG:Debug>:_GLIBCXX_ASSERTIONS>)
if(CMAKE_BUILD_TYPE MATCHES "Release|RelWithDebInfo" AND NOT BLIPD_SANITIZE)
  target_compile_options(blipd_build INTERFACE -fstack-protector-strong)
  target_link_options(blipd_build INTERFACE -pie -Wl,-z,relro,-z,now)
endif()
if(BLIPD_SANITIZE)
  add_compile_options(-fsanitize=${BLIPD_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  if(BLIPD_SANITIZE MATCHES undefined)
    # Looks at objects through a pipe, and calls them broken where no descriptor is free, as tests make it.
    add_compile_options(-fno-sanitize=vptr)
  endif()
  add_link_options(-fsanitize=${BLIPD_SANITIZE})
  if(BLIPD_SANITIZE MATCHES thread AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    # Boost's fences make g++ warn that TSan does not model them.
    add_compile_options(-Wno-tsan)
  endif()
endif()

# Nearly every file includes these; read once for each target they cost a third less. Off by default and in the presets
# `dev` and `fuzz`, so that a file that forgets an include is found.
set(BLIPD_COMMON_HEADERS <algorithm> <array> <chrono> <cstdint> <functional> <map> <memory> <optional> <span> <string>
  <string_view> <utility> <vector>)
function(blipd_precompile target)
  if(BLIPD_PRECOMPILE)
    target_precompile_headers(${target} PRIVATE ${BLIPD_COMMON_HEADERS} ${ARGN})
    if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
      target_compile_options(${target} PRIVATE -fpch-preprocess)
    endif()
  endif()
endfunction()

# blipd_library(NAME SOURCES ... [PUBLIC libs] [PRIVATE libs])
function(blipd_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(${name} STATIC ${arg_SOURCES})
  target_link_libraries(${name} PUBLIC ${arg_PUBLIC} PRIVATE blipd_build ${arg_PRIVATE})
  blipd_precompile(${name})
endfunction()
