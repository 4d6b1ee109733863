// Replies and EHLO replies: found in the stream, split into their lines, capabilities read and typed.
#include "allocations.h"
#include "corpus.h"
#include "extension/capabilities.h"

namespace {

using namespace ehlo;

// Calls `each` with every reply of the input; gives their number, or 0 where one is wrong.
template <class Each>
std::size_t read_all(Bytes input, Each each) {
  ReplyParser parser(kDefaultReplyLimits);
  Reply reply;
  std::size_t replies = 0;
  while (!input.empty()) {
    if (!parser.feed(input, reply).ok()) return 0;
    each(reply, input.first(reply.length));
    input = input.from(reply.length);
    ++replies;
  }
  return replies;
}

void touch_lines(const Reply& reply, Bytes octets) {
  benchmark::DoNotOptimize(reply);
  for (std::size_t at = 0;;) {
    const Span line = next_reply_line(octets, at);
    if (!line.present()) return;
    benchmark::DoNotOptimize(line);
  }
}

void touch_capabilities(const Reply&, Bytes octets) { benchmark::DoNotOptimize(read_capabilities(octets, false)); }

template <class Each>
void measure(benchmark::State& state, const std::string& file, Each each) {
  const Bytes input = bytes_of(file);
  const std::size_t replies = read_all(input, each);
  if (replies == 0) return state.SkipWithError("a reply of the corpus is wrong");
  const std::uint64_t before = bench::allocations();
  std::uint64_t inside = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(read_all(input, each));
    inside = bench::allocations() - before;
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * replies));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * file.size()));
  if (inside != 0) state.SkipWithError("the parser allocated");
  state.counters["allocations"] = static_cast<double>(inside);
}

void add(const bench::Corpus& corpus) {
  const std::string replies = corpus.read("replies.txt");
  benchmark::RegisterBenchmark("reply/replies.txt", [replies](auto& state) { measure(state, replies, touch_lines); });
  const std::string hellos = corpus.read("ehlo.txt");
  benchmark::RegisterBenchmark("ehlo/ehlo.txt", [hellos](auto& state) { measure(state, hellos, touch_capabilities); });
}

}  // namespace

int main(int argc, char** argv) { return bench::run(argc, argv, add); }
