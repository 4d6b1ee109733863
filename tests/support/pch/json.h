// What each file of the runner and of the testee includes: compiled once.
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
