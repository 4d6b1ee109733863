# Sourced by run: the library alone, built as for a package or inside another project.

# Sets the folder up again, without output unless it fails. The folders are beside build/, so that ccache finds the sources.
set_up() { # folder, arguments of meson setup
  local folder=$1
  rm -rf "$folder"
  meson setup "$folder" "${@:2}" >"$logs/setup" 2>&1 && return
  cat "$logs/setup"
  return 1
}

build_quietly() { # folder, targets
  ninja -C "$@" >"$logs/build" 2>&1 && return
  cat "$logs/build"
  return 1
}

# The file to which libehlo.so links in a folder.
shared_library() { # folder
  ninja -C "$1" -t targets all | sed -n 's/^\(libehlo\.so\.[0-9.]*\): .*LINKER$/\1/p'
}

needs_libc_alone() { # file
  local needed
  needed=$(readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p') || return 1
  echo "needs: ${needed:-nothing}"
  [[ $needed == libc.so.6 ]]
}

exports_the_listed_symbols() { # file
  diff <(LC_ALL=C sort capi/symbols.txt) \
    <(nm -D --defined-only "$1" | awk '{print $NF}' | sed 's/@.*//' | LC_ALL=C sort)
}

# The released library: the one of tools/build.
release_library() { # command
  local target
  tools/build release build.ninja >"$logs/build" 2>&1 && target=$(shared_library build) &&
    tools/build release "$target" >>"$logs/build" 2>&1 || {
    cat "$logs/build"
    return 1
  }
  "$1" "build/$target"
}

# With any options the library needs only libc, exports exactly the listed symbols, and causes no warning.
sound_with() { # folder, arguments of meson setup
  local folder=$1 target
  set_up "$folder" -Dexamples=disabled -Dtests=disabled -Dwerror=true -Ddefault_library=shared "${@:2}" || return 1
  target=$(shared_library "$folder")
  build_quietly "$folder" "$target" && needs_libc_alone "$folder/$target" &&
    exports_the_listed_symbols "$folder/$target"
}

# With both forms of -D; newer versions of Meson add the first one to a debug build.
sound_in_debug() {
  CXXFLAGS="-D_GLIBCXX_ASSERTIONS=1 -Wp,-D_GLIBCXX_ASSERTIONS -D_GLIBCXX_DEBUG" sound_with build-debug --buildtype=debug
}
# With the state tables, which nothing else draws.
sound_by_clang() {
  CC=clang-14 CXX=clang++-14 sound_with build-clang --buildtype=debug -Ddocs=true &&
    build_quietly build-clang states.md && grep -q "^stateDiagram" build-clang/states.md
}

# The options of Fedora's and Debian's packages, but with -O1, which is faster and finds the same.
sound_in_a_package() {
  local flags="-O1 -g -Wp,-U_FORTIFY_SOURCE,-D_FORTIFY_SOURCE=3 -Wp,-D_GLIBCXX_ASSERTIONS -fexceptions"
  flags+=" -fstack-protector-strong -fstack-clash-protection -fcf-protection -fno-omit-frame-pointer"
  CFLAGS=$flags CXXFLAGS=$flags LDFLAGS="-Wl,-z,relro -Wl,-z,now -Wl,--as-needed" \
    sound_with build-package --buildtype=plain -Db_lto=true
}

# A machine without the libraries of the examples and the tests: neither pkg-config nor CMake finds them.
on_a_bare_machine() { PKG_CONFIG_LIBDIR=/nowhere PKG_CONFIG_PATH= CMAKE=/bin/false "$@"; }

# `meson setup build` leaves out what cannot be built, and prints that. With -D...=enabled it fails.
sets_up_without_the_rest() {
  on_a_bare_machine set_up build-bare || return 1
  grep 'left out: ' "$logs/setup" || return 1
  if [[ $(grep -c 'left out: ' "$logs/setup") != 2 ]]; then return 1; fi
  local insisted
  for insisted in examples tests; do
    if on_a_bare_machine set_up build-bare "-D$insisted=enabled" >/dev/null; then
      echo "-D$insisted=enabled is content without what it needs"
      return 1
    fi
  done
}

# Builds and runs a program in C whose Meson project has the library as a subproject.
embedded_in_a_project() {
  local work=$logs/project
  mkdir -p "$work/subprojects"
  ln -s "$PWD" "$work/subprojects/libehlo"
  printf '%s\n' '[wrap-file]' 'directory = libehlo' '[provide]' 'dependency_names = ehlo' >"$work/subprojects/ehlo.wrap"
  cat >"$work/meson.build" <<'END'
project('mailer', 'c')
executable('mailer', 'mailer.c', dependencies: dependency('ehlo'))
END
  cat >"$work/mailer.c" <<'END'
#include <ehlo.h>
#include <stdio.h>
int main(void) { return puts(ehlo_version()) < 0; }
END
  on_a_bare_machine set_up build-embedded "$work" --buildtype=debug || return 1
  build_quietly build-embedded mailer && ./build-embedded/mailer
}

# The files that `meson install` installs, with the licence, and a program that uses them by pkg-config.
installs() {
  local root=$logs/root header library
  set_up build-install --buildtype=plain -Dexamples=disabled -Dtests=disabled --prefix=/usr --libdir=lib &&
    build_quietly build-install && DESTDIR=$root meson install -C build-install --no-rebuild >"$logs/build" || return 1
  library=$(shared_library build-install)
  diff - <(cd "$root/usr" && find . -not -type d | sed 's/^..//' | LC_ALL=C sort) < <({
    for header in capi/ehlo*.h capi/ehlo*.def; do echo "include/${header#capi/}"; done
    printf '%s\n' lib/libehlo.{a,so,so.0} "lib/$library" lib/pkgconfig/ehlo.pc share/licenses/libehlo/LICENSE
  } | LC_ALL=C sort) || return 1
  echo '#include <ehlo.h>
int main(void) { return ehlo_version_number() == 0; }' >"$logs/program.c"
  local -a flags
  read -ra flags < <(PKG_CONFIG_SYSROOT_DIR=$root PKG_CONFIG_PATH=$root/usr/lib/pkgconfig pkg-config --cflags --libs ehlo)
  gcc "$logs/program.c" -o "$logs/program" "-I$root/usr/include" "${flags[@]}" "-L$root/usr/lib" &&
    LD_LIBRARY_PATH=$root/usr/lib "$logs/program"
}
