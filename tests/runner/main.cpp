// vectors [--testee PROGRAM] [--patience SECONDS] FILE...: plays conformance vectors against a testee
// (tests/vectors/README.md, tests/testee/README.md). A folder stands for all .jsonl files in it and below.
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "kind.h"

namespace vectors {

std::map<std::string, RunCase>& kinds() {
  static std::map<std::string, RunCase> all;
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

std::string one_line(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  return text;
}

// The entries of not_due.txt beside the vectors file: one file or id with its reason on each line.
std::set<std::string> read_not_due(const std::string& folder) {
  std::ifstream in(folder + "not_due.txt");
  std::set<std::string> names;
  for (std::string line; std::getline(in, line);) {
    const std::string name = line.substr(0, line.find_first_of(" \t\r"));
    if (!name.empty() && name[0] != '#') names.insert(name);
  }
  return names;
}

class File {
 public:
  File(const std::string& path, Testee& testee, Tally& tally) : path_(path), testee_(testee), tally_(tally) {
    const std::size_t slash = path.rfind('/');
    const std::string folder = slash == std::string::npos ? "" : path.substr(0, slash + 1);
    name_ = path.substr(folder.size());
    not_due_ = read_not_due(folder);
  }

  void run() {
    if (std::error_code error; std::filesystem::is_directory(path_, error))
      return fail(0, "-", "the folder has no .jsonl file, or cannot be read");
    std::ifstream in(path_);
    if (!in) return fail(0, "-", "the file cannot be read");
    // "sessions.jsonl", and also "sessions-more.jsonl".
    const auto kind = kinds().find(name_.substr(0, name_.find_first_of(".-")));
    const bool is_due = !not_due_.contains(name_);
    if (is_due && kind == kinds().end()) return fail(0, "-", "the file is of no known kind");
    std::size_t number = 0;
    for (std::string line; std::getline(in, line);) {
      ++number;
      if (line.empty()) continue;
      if (is_due)
        run_line(kind->second, line, number);
      else
        ++tally_.not_due;
    }
    if (in.bad()) fail(number, "-", "the file cannot be read to its end");
    if (number == 0) fail(0, "-", "no case in the file");
  }

 private:
  void run_line(RunCase run_case, const std::string& line, std::size_t number) {
    std::string id = "-";
    try {
      const Json vector = Json::parse(line);
      id = vector.at("id").get<std::string>();
      require(seen_.insert(id).second, "bad case: the id is taken");
      if (not_due_.contains(id)) {
        ++tally_.not_due;
        return;
      }
      run_case(vector, testee_);
      ++tally_.passed;
    } catch (const std::exception& fault) {
      fail(number, id, fault.what());
    }
  }

  void fail(std::size_t number, const std::string& id, const std::string& why) {
    std::printf("FAIL %s:%zu %s %s\n", path_.c_str(), number, id.c_str(), one_line(why).c_str());
    ++tally_.failed;
  }

  std::string path_, name_;
  std::set<std::string> not_due_, seen_;
  Testee& testee_;
  Tally& tally_;
};

struct Arguments {
  std::vector<std::string> testee, files;
  unsigned patience = 120;  // seconds; the slowest emulator needs a few
};

void add_files(const std::string& name, std::vector<std::string>& files) {
  namespace fs = std::filesystem;
  std::error_code error;
  std::vector<std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(name, error))
    if (entry.path().extension() == ".jsonl") found.push_back(entry.path().string());
  if (error || found.empty()) found = {name};  // a file, or a folder without any: that fails
  std::sort(found.begin(), found.end());
  files.insert(files.end(), found.begin(), found.end());
}

// The default testee is that of the C API, which is built beside the runner. If it is built for another machine,
// EHLO_TESTEE_WRAPPER runs it: a program and its arguments, one on each line, so that they may have spaces.
Arguments read_arguments(int argc, char** argv) {
  Arguments arguments;
  const std::string self = argv[0];
  std::string program = self.substr(0, self.rfind('/') + 1) + "testee";
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--testee" && i + 1 < argc)
      program = argv[++i];
    else if (argument == "--patience" && i + 1 < argc)
      arguments.patience = static_cast<unsigned>(std::strtoul(argv[++i], nullptr, 10));
    else
      add_files(argument, arguments.files);
  }
  const char* wrapper = std::getenv("EHLO_TESTEE_WRAPPER");
  std::istringstream lines(wrapper == nullptr ? "" : wrapper);
  for (std::string line; std::getline(lines, line);) arguments.testee.push_back(line);
  arguments.testee.push_back(program);
  return arguments;
}

int run(int argc, char** argv) {
  const Arguments arguments = read_arguments(argc, argv);
  if (arguments.files.empty() || arguments.files[0].starts_with("--") || arguments.patience == 0) {
    std::fprintf(stderr, "usage: vectors [--testee PROGRAM] [--patience SECONDS] FILE...\n");
    return 2;
  }
  std::signal(SIGPIPE, SIG_IGN);
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  Testee testee(arguments.testee, arguments.patience);
  Tally tally;
  for (const std::string& file : arguments.files) File(file, testee, tally).run();
  if (const std::string end = testee.finish(); !end.empty()) {
    std::printf("FAIL - at the end: the testee %s\n", end.c_str());
    ++tally.failed;
  }
  if (tally.not_due != 0) std::printf("%zu not due\n", tally.not_due);
  std::printf("%zu passed, %zu failed\n", tally.passed, tally.failed);
  return tally.failed == 0 && tally.passed != 0 ? 0 : 1;
}

}  // namespace
}  // namespace vectors

int main(int argc, char** argv) { return vectors::run(argc, argv); }
