// A kind of vectors file, known by the name of the file. Each kind registers itself, so that a new one is a new file.
#pragma once

#include <initializer_list>
#include <map>
#include <string_view>

#include "testee.h"

namespace vectors {

// Throws Fault, with the reason, where the case fails.
using RunCase = void (*)(const Json& vector, Testee& testee);

// By the name without ".jsonl".
std::map<std::string, RunCase>& kinds();

struct KindRegistration {
  KindRegistration(const char* name, RunCase run) { kinds().emplace(name, run); }
};

// The keys that every case may have besides those of its kind.
void only_case_keys(const Json& vector, std::initializer_list<std::string_view> keys);

}  // namespace vectors
