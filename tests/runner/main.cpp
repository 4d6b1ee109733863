// vectors FILE.jsonl...: runs conformance vectors through the C++ core and the C API (tests/vectors/README.md).
#include <csignal>
#include <cstdio>
#include <exception>
#include <fstream>
#include <set>

#include <unistd.h>

#include "kind.h"

namespace vectors {

std::vector<Kind>& kinds() {
  static std::vector<Kind> all;
  return all;
}

void only_case_keys(const Json& vector, std::initializer_list<std::string_view> keys) {
  for (const auto& [key, value] : vector.items()) {
    bool known = key == "id" || key == "why" || key == "strictness" || key == "tags";
    for (const std::string_view own : keys) known = known || key == own;
    require(known, "bad case: \"" + key + "\" is not known in a case of this kind");
  }
}

namespace {

struct Tally {
  std::size_t passed = 0, failed = 0, not_due = 0;
};

// What is running, for the last words of a run that an octet too far, or an abort in the library, has ended.
struct Running {
  const char* file = "-";
  std::size_t line = 0;
  const char* id = "-";
  Tally tally;
};
Running running;

extern "C" void on_crash(int signal) {
  char text[512];
  const int octets =
      std::snprintf(text, sizeof text, "FAIL %s:%zu %s crash: signal %d\n%zu passed, %zu failed\n", running.file,
                    running.line, running.id, signal, running.tally.passed, running.tally.failed + 1);
  if (octets <= 0 || write(STDOUT_FILENO, text, static_cast<std::size_t>(octets)) < 0) _exit(2);
  _exit(1);
}

void report_crashes() {
#ifndef __SANITIZE_ADDRESS__  // the sanitizer's own report says more
  for (const int signal : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL}) std::signal(signal, on_crash);
#endif
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
}

std::string one_line(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  return text;
}

void run_case(const Json& vector, const std::vector<std::unique_ptr<Engine>>& engines) {
  const Kind* kind = nullptr;
  for (const Kind& candidate : kinds()) {
    if (!candidate.matches(vector)) continue;
    require(kind == nullptr,
            kind == nullptr ? "" : Bytes("bad case: of two kinds, ") + kind->name + " and " + candidate.name);
    kind = &candidate;
  }
  require(kind != nullptr, "bad case: of no kind that is known");
  require(kind->run != nullptr, Bytes("kind not due yet: ") + kind->name);
  for (const auto& engine : engines) {
    try {
      kind->run(vector, *engine);
    } catch (const std::exception& fault) {
      throw Fault(Bytes(engine->name()) + ": " + fault.what());
    }
  }
}

// The ids of not_due.txt beside the vectors file: one "id reason" a line.
std::set<std::string> read_not_due(const std::string& vectors_file) {
  const std::size_t slash = vectors_file.rfind('/');
  std::ifstream in((slash == std::string::npos ? "" : vectors_file.substr(0, slash + 1)) + "not_due.txt");
  std::set<std::string> ids;
  for (std::string line; std::getline(in, line);) {
    if (const std::string id = line.substr(0, line.find_first_of(" \t\r")); !id.empty() && id[0] != '#') ids.insert(id);
  }
  return ids;
}

void run_file(const std::string& file, const std::vector<std::unique_ptr<Engine>>& engines) {
  Tally& tally = running.tally;
  running.file = file.c_str();
  const auto fail = [&](std::size_t number, const std::string& id, const std::string& why) {
    std::printf("FAIL %s:%zu %s %s\n", file.c_str(), number, id.c_str(), one_line(why).c_str());
    ++tally.failed;
  };
  std::ifstream in(file);
  if (!in) return fail(0, "-", "the file cannot be read");
  const std::set<std::string> not_due = read_not_due(file);
  std::set<std::string> seen;
  std::size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.empty()) continue;
    std::string id = "-";
    try {
      const Json vector = Json::parse(line);
      id = vector.at("id").get<std::string>();
      require(seen.insert(id).second, "bad case: the id is taken");
      if (not_due.contains(id)) {
        ++tally.not_due;
        continue;
      }
      running.line = number;
      running.id = id.c_str();
      run_case(vector, engines);
      ++tally.passed;
    } catch (const std::exception& fault) {
      fail(number, id, fault.what());
    }
  }
  if (in.bad()) fail(number, "-", "the file cannot be read to its end");
  if (number == 0) fail(0, "-", "no case in the file");
}

int run(int argc, char** argv) {
  std::vector<std::string> files;
  std::string which = "both";
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--engine" && i + 1 < argc)
      which = argv[++i];
    else
      files.push_back(argument);
  }
  if (files.empty() || files[0].starts_with("--") || (which != "core" && which != "capi" && which != "both")) {
    std::fprintf(stderr, "usage: vectors [--engine core|capi|both] FILE.jsonl...\n");
    return 2;
  }
  std::vector<std::unique_ptr<Engine>> engines;
  if (which != "capi") engines.push_back(make_core_engine());
  if (which != "core") engines.push_back(make_capi_engine());

  report_crashes();
  for (const std::string& file : files) run_file(file, engines);
  const Tally& tally = running.tally;
  if (tally.not_due != 0) std::printf("%zu not due\n", tally.not_due);
  std::printf("%zu passed, %zu failed\n", tally.passed, tally.failed);
  return tally.failed == 0 && tally.passed != 0 ? 0 : 1;
}

}  // namespace
}  // namespace vectors

int main(int argc, char** argv) { return vectors::run(argc, argv); }
