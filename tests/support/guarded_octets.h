// The input of a parser as ehlo::Bytes, flush against an inaccessible page.
#pragma once

#include <string>
#include <string_view>

#include "guarded.h"
#include "syntax/writer.h"

namespace support {

// Good until the next call.
inline ehlo::Bytes guarded(std::string_view text) {
  thread_local GuardedBytes bytes;
  bytes.assign(text);
  return {bytes.data(), bytes.size()};
}

// What `call(Writer&)` writes.
template <class Call>
std::string written(Call call) {
  std::string out(8192, '\0');
  ehlo::Writer writer(reinterpret_cast<ehlo::Octet*>(out.data()), out.size());
  call(writer);
  out.resize(writer.size());
  return out;
}

// Text of a literal that may hold NUL.
template <std::size_t size>
constexpr std::string_view octets(const char (&text)[size]) {
  return {text, size - 1};
}

}  // namespace support
