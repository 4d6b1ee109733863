#!/bin/bash -eu
# Builds the fuzz targets in the environment of OSS-Fuzz's base-builder, from the root of the project: CC, CXX, CFLAGS,
# CXXFLAGS, LIB_FUZZING_ENGINE, WORK; to OUT, each with its seeds, dictionary and options.

build=$WORK/libehlo
rm -rf "$build"

# This check needs RTTI, which the library does not have.
if [[ ${SANITIZER:-} == undefined ]]; then export CXXFLAGS="$CXXFLAGS -fno-sanitize=vptr"; fi

# The flags of the environment have the optimization and the sanitizers.
meson setup "$build" --buildtype=plain -Ddefault_library=static -Db_lundef=false \
  -Dexamples=disabled -Dtests=disabled -Dfuzz=true -Dfuzz_engine="$LIB_FUZZING_ENGINE"
ninja -C "$build"

tools/fuzz-seeds --unpack "$build/seeds"
for program in "$build"/fuzz/fuzz_*; do
  if [[ ! -f $program || ! -x $program ]]; then continue; fi
  target=${program##*/}
  cp "$program" "$OUT/"
  zip -q -j -r "$OUT/${target}_seed_corpus.zip" "$build/seeds/${target#fuzz_}"
  cp fuzz/smtp.dict "$OUT/$target.dict"
  cp fuzz/oss-fuzz/targets.options "$OUT/$target.options"
done
