// Command lines: splitting the input into lines (the lower limit), and parsing each line into typed views.
#include <algorithm>
#include <cstring>

#include "allocations.h"
#include "command/read_command.h"
#include "corpus.h"
#include "wire/line_framer.h"

namespace {

using namespace ehlo;

void count_work(benchmark::State& state, std::size_t lines, std::size_t octets) {
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * lines));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * octets));
}

void split(benchmark::State& state, const std::string& file) {
  std::size_t lines = 0;
  for (auto _ : state) {
    lines = 0;
    const char* at = file.data();
    const char* const end = at + file.size();
    while (const void* lf = std::memchr(at, '\n', static_cast<std::size_t>(end - at))) {
      const char* next = static_cast<const char*>(lf) + 1;
      benchmark::DoNotOptimize(std::string_view(at, static_cast<std::size_t>(next - at)));
      at = next;
      ++lines;
    }
  }
  count_work(state, lines, file.size());
}

// A server that offers everything, so that no command of the corpus is refused.
Offer everything() {
  Announcement announcement{};
  announcement.plaintext_auth = true;
  for (const ehlo_extension_row& row : kExtensionRows) announcement.offered |= EHLO_EXT_BIT(row.id);
  announcement.mechanisms = "PLAIN LOGIN";
  return make_offer(announcement, false, 0);
}

// The number of lines that parsed.
std::size_t parse_all(Bytes input, const Offer& offer, Param* items) {
  LineFramer framer;
  Dialogue dialogue;
  Command command;
  ParamList params{items, EHLO_PARAMS_MAX, 0, false};
  std::size_t good = 0;
  for (;;) {
    const LineFramer::Frame frame = framer.next(input, offer.longest_line(), false);
    if (frame.result != LineFramer::Result::line) return good;
    const Problem problem =
        read_command(input.first(frame.length), 0, frame.consumed - frame.length, offer, dialogue, command, params);
    benchmark::DoNotOptimize(command);
    benchmark::DoNotOptimize(params);
    good += problem.ok();
    input = input.from(frame.consumed);
  }
}

void parse(benchmark::State& state, const std::string& file) {
  const Offer offer = everything();
  const Bytes input = bytes_of(file);
  Param items[EHLO_PARAMS_MAX];
  const auto lines = static_cast<std::size_t>(std::count(file.begin(), file.end(), '\n'));
  if (parse_all(input, offer, items) != lines) return state.SkipWithError("a line of the corpus was refused");
  const std::uint64_t before = bench::allocations();
  std::uint64_t inside = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(parse_all(input, offer, items));
    inside = bench::allocations() - before;
  }
  count_work(state, lines, file.size());
  if (inside != 0) state.SkipWithError("the parser allocated");
  state.counters["allocations"] = static_cast<double>(inside);
}

void add(const bench::Corpus& corpus) {
  for (const char* name : {"cmds.txt", "cmds_nodsn.txt"}) {
    const std::string file = corpus.read(name);
    benchmark::RegisterBenchmark(("split/" + std::string(name)).c_str(), [file](auto& state) { split(state, file); });
    benchmark::RegisterBenchmark(("parse/" + std::string(name)).c_str(), [file](auto& state) { parse(state, file); });
  }
}

}  // namespace

int main(int argc, char** argv) { return bench::run(argc, argv, add); }
