// A kind of vectors file: how its cases look and how one is run. Each kind registers itself, so that a new one is a
// new file.
#pragma once

#include "engine.h"

namespace vectors {

struct Kind {
  const char* name;
  bool (*matches)(const Json& vector);
  // Throws Fault, with the reason, where the case fails. nullptr: the kind is not due yet.
  void (*run)(const Json& vector, const Engine& engine);
};

std::vector<Kind>& kinds();

struct KindRegistration {
  explicit KindRegistration(const Kind& kind) { kinds().push_back(kind); }
};

// The keys that every case may have besides those of its kind.
void only_case_keys(const Json& vector, std::initializer_list<std::string_view> keys);

}  // namespace vectors
