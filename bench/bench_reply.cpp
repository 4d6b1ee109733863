// Replies and EHLO replies: finding them in the stream, splitting them into lines, reading the capabilities.
#include "allocations.h"
#include "corpus.h"
#include "extension/capabilities.h"

namespace {

using namespace ehlo;

// Calls `take` with the rest of the input for every reply. Returns their number, or 0 if one is wrong.
template <class Take>
std::size_t read_all(Bytes input, Take take) {
  ReplyParser parser(kDefaultReplyLimits);
  Reply reply;
  std::size_t replies = 0;
  while (!input.empty()) {
    if (!take(parser, input, reply).ok()) return 0;
    input = input.from(reply.length);
    ++replies;
  }
  return replies;
}

Problem read_lines(ReplyParser& parser, Bytes input, Reply& reply) {
  const Problem problem = parser.feed(input, reply);
  benchmark::DoNotOptimize(reply);
  for (std::size_t at = 0; problem.ok();) {
    const Span line = next_reply_line(input.first(reply.length), at);
    if (!ehlo::present(line)) break;
    benchmark::DoNotOptimize(line);
  }
  return problem;
}

Problem read_hello(ReplyParser& parser, Bytes input, Reply& reply) {
  HelloLines lines;
  const Problem problem = parser.feed_hello(input, reply, lines);
  if (problem.ok()) benchmark::DoNotOptimize(read_capabilities(input.first(reply.length), lines, false));
  return problem;
}

template <class Take>
void measure(benchmark::State& state, const std::string& file, Take take) {
  const Bytes input = bytes_of(file);
  const std::size_t replies = read_all(input, take);
  if (replies == 0) return state.SkipWithError("a reply of the corpus is wrong");
  const std::uint64_t before = bench::allocations();
  std::uint64_t inside = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(read_all(input, take));
    inside = bench::allocations() - before;
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * replies));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * file.size()));
  if (inside != 0) state.SkipWithError("the parser allocated");
  state.counters["allocations"] = static_cast<double>(inside);
}

void add(const bench::Corpus& corpus) {
  const std::string replies = corpus.read("replies.txt");
  benchmark::RegisterBenchmark("reply/replies.txt", [replies](auto& state) { measure(state, replies, read_lines); });
  const std::string hellos = corpus.read("ehlo.txt");
  benchmark::RegisterBenchmark("ehlo/ehlo.txt", [hellos](auto& state) { measure(state, hellos, read_hello); });
}

}  // namespace

int main(int argc, char** argv) { return bench::run(argc, argv, add); }
