// Runs a fuzz target over its seeds, fuzz/corpus/NAME.jsonl, or over other files: each argument is one. For builds
// without libFuzzer.
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

#include "support/json_text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

// A violation aborts, so the last name on the output is the input that violates a property.
void run(const std::string& name, const std::string& input) {
  std::printf("%s\n", name.c_str());
  std::fflush(stdout);
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

// A line is a JSON string with a character U+0000..U+00FF for each octet.
std::string octets_of(const std::string& line) {
  return support::octets_of_text(nlohmann::json::parse(line).get<std::string>()).value();
}

// The number of inputs; 0: the file cannot be read.
std::size_t run_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!path.ends_with(".jsonl")) {
    const std::string input{std::istreambuf_iterator<char>(in), {}};
    if (!in.is_open() || in.bad()) return 0;
    run(path, input);
    return 1;
  }
  std::size_t count = 0;
  for (std::string line; std::getline(in, line);) run(path + ":" + std::to_string(++count), octets_of(line));
  return in.bad() ? 0 : count;
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t count = 0;
  for (int i = 1; i < argc; ++i) {
    const std::size_t inputs = run_file(argv[i]);
    if (inputs == 0) {
      std::fprintf(stderr, "%s cannot be read, or has no inputs\n", argv[i]);
      return 1;
    }
    count += inputs;
  }
  std::printf("%zu inputs\n", count);
  return count == 0 ? 1 : 0;
}
