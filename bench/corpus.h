// The files of gen_corpus.py, and the command line of all benchmark programs.
#pragma once

#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace bench {

class Corpus {
 public:
  explicit Corpus(std::string folder) : folder_(std::move(folder)) {}

  // The octets of a file; empty if it cannot be read.
  std::string read(std::string_view name) const {
    std::ifstream in(std::filesystem::path(folder_) / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

 private:
  std::string folder_;
};

// A corpus in a temporary folder, which is removed at the end of the program.
class GeneratedCorpus {
 public:
  explicit GeneratedCorpus(const std::string& generator) {
    std::string pattern = (std::filesystem::temp_directory_path() / "ehlo-corpus-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) return;
    folder_ = pattern;
    const std::string command = "python3 '" + generator + "' --out '" + folder_ + "' >/dev/null";
    if (std::system(command.c_str()) != 0) std::fprintf(stderr, "cannot run %s\n", generator.c_str());
  }
  ~GeneratedCorpus() {
    std::error_code ignored;
    if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
  }
  GeneratedCorpus(const GeneratedCorpus&) = delete;
  GeneratedCorpus& operator=(const GeneratedCorpus&) = delete;

  const std::string& folder() const { return folder_; }

 private:
  std::string folder_;
};

// Takes "--NAME VALUE" or "--NAME=VALUE" out of the arguments, because Google Benchmark rejects unknown options.
inline std::string take_flag(int& argc, char** argv, std::string_view name) {
  std::string value;
  int kept = 1;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == name && i + 1 < argc)
      value = argv[++i];
    else if (argument.size() > name.size() && argument.starts_with(name) && argument[name.size()] == '=')
      value = argument.substr(name.size() + 1);
    else
      argv[kept++] = argv[i];
  }
  argc = kept;
  return value;
}

// Runs the benchmarks that `add(const Corpus&)` registers. The files are those of `--corpus DIR`, or made for this run.
template <class Add>
int run(int argc, char** argv, Add add) {
  std::string folder = take_flag(argc, argv, "--corpus");
  std::string generator = take_flag(argc, argv, "--generator");
  if (generator.empty()) generator = EHLO_GEN_CORPUS;
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  if (folder.empty()) {
    const GeneratedCorpus generated(generator);
    add(Corpus(generated.folder()));
  } else {
    add(Corpus(folder));
  }
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}

}  // namespace bench
