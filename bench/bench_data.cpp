// Message content: the limits of memory and plain scans, and the dot decoder and encoder with all checks.
#include <algorithm>
#include <cstring>
#include <vector>

#include "corpus.h"
#include "span_scan.h"
#include "wire/dot_decoder.h"
#include "wire/dot_encoder.h"

#if EHLO_FAST
#include "base/fast/processor.h"
#include "wire/fast/scanner.h"
#endif

namespace {

using namespace ehlo;

constexpr std::size_t kSpans = 1024;
constexpr std::size_t kWhole = 0;

void count_work(benchmark::State& state, const std::string& file) {
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * file.size()));
}

// Copies into one buffer of the chunk's size again and again, as content is sent.
void copy_memory(benchmark::State& state, const std::string& file, std::size_t chunk) {
  if (chunk == kWhole) chunk = file.size();
  std::vector<char> to(chunk);
  for (auto _ : state) {
    for (std::size_t at = 0; at < file.size(); at += chunk) {
      std::memcpy(to.data(), file.data() + at, std::min(chunk, file.size() - at));
      benchmark::ClobberMemory();
    }
  }
  count_work(state, file);
}

void find_lines(benchmark::State& state, const std::string& file) {
  for (auto _ : state) {
    const char* at = file.data();
    const char* const end = at + file.size();
    while (const void* lf = std::memchr(at, '\n', static_cast<std::size_t>(end - at)))
      at = static_cast<const char*>(lf) + 1;
    benchmark::DoNotOptimize(at);
  }
  count_work(state, file);
}

void scan(benchmark::State& state, const std::string& file) {
  std::vector<Span> spans(kSpans);
  bench::SpanScan scanner;
  for (auto _ : state) {
    benchmark::DoNotOptimize(scanner.run(file, spans.data(), spans.size()));
    benchmark::ClobberMemory();
  }
  count_work(state, file);
}

// Shows `chunk` octets at a time, from where the decoder stopped. Returns the decoded octets, or 0 if the decoder
// missed the end of data.
std::uint64_t decode_all(Bytes input, std::size_t chunk, std::vector<Span>& spans, std::string* copy) {
  // The limits of a server, so that every content line is checked.
  DotDecoder decoder({1000, 1u << 30, EHLO_ENDING_REJECT});
  for (;;) {
    SpanList list{spans.data(), kSpans, 0};
    const Bytes piece = chunk == kWhole || input.size < chunk ? input : input.first(chunk);
    const DotDecoder::Result result = decoder.feed(piece, list);
    benchmark::DoNotOptimize(list);
    benchmark::ClobberMemory();
    for (std::uint32_t i = 0; copy != nullptr && i < list.count; ++i) copy->append(piece.at(spans[i]).text());
    input = input.from(result.consumed);
    if (result.done) return input.empty() && decoder.violations() == 0 ? decoder.octets() : 0;
    if (result.consumed == 0) return 0;
  }
}

std::string unstuffed(const std::string& wire) {
  std::string content;
  for (std::size_t at = 0; at < wire.size();) {
    const std::size_t end = wire.find('\n', at) + 1;
    if (wire.compare(at, end - at, ".\r\n") == 0) break;
    content.append(wire, wire[at] == '.' ? at + 1 : at, wire[at] == '.' ? end - at - 1 : end - at);
    at = end;
  }
  return content;
}

void decode(benchmark::State& state, const std::string& file, std::size_t chunk) {
  std::vector<Span> spans(kSpans);
  const Bytes input = bytes_of(file);
  std::string decoded;
  decode_all(input, chunk, spans, &decoded);
  if (decoded != unstuffed(file)) return state.SkipWithError("decoded to something else");
  for (auto _ : state)
    if (decode_all(input, chunk, spans, nullptr) == 0) return state.SkipWithError("no end of data");
  count_work(state, file);
}

// Gives `content` in pieces of `chunk` octets. `send` is one call; its second argument says whether it is the last
// piece.
template <class Send>
bool encode_all(Bytes content, std::size_t chunk, const DotEncoder& encoder, Send send) {
  while (!encoder.done()) {
    const bool last = chunk == kWhole || content.size <= chunk;
    const DotEncoder::Result result = send(last ? content : content.first(chunk), last);
    if (result.error != EHLO_OK) return false;
    content = content.from(result.consumed);
  }
  return content.empty();
}

// `run(wire)` encodes `content` once and appends the result to `wire`, unless that is nullptr. It must be the file.
template <class Run>
void measure_encoding(benchmark::State& state, const std::string& file, const std::string& content, Run run) {
  std::string wire;
  run(&wire);
  if (wire != file) return state.SkipWithError("encoded to something else");
  for (auto _ : state)
    if (!run(nullptr)) return state.SkipWithError("not all of it encoded");
  count_work(state, content);
}

void encode(benchmark::State& state, const std::string& file, std::size_t chunk) {
  std::vector<Span> spans(kSpans);
  const std::string content = unstuffed(file);
  measure_encoding(state, file, content, [&](std::string* wire) {
    DotEncoder encoder(EHLO_ENDING_REJECT);
    return encode_all(bytes_of(content), chunk, encoder, [&](Bytes piece, bool last) {
      SpanList list{spans.data(), kSpans, 0};
      const DotEncoder::Result result = encoder.encode(piece, last, list);
      benchmark::DoNotOptimize(list);
      benchmark::ClobberMemory();
      for (std::uint32_t i = 0; wire != nullptr && i < list.count; ++i)
        wire->append(spans[i].off == EHLO_OFF_CRLF  ? "\r\n"
                     : spans[i].off == EHLO_OFF_END ? ".\r\n"
                                                    : piece.at(spans[i]).text());
      return result;
    });
  });
}

void encode_copied(benchmark::State& state, const std::string& file, std::size_t chunk) {
  const std::string content = unstuffed(file);
  // One buffer of the chunk's size is filled again and again. For all at once it has room for all doubled dots.
  std::vector<Octet> out(chunk == kWhole ? file.size() : chunk);
  measure_encoding(state, file, content, [&](std::string* wire) {
    DotEncoder encoder(EHLO_ENDING_REJECT);
    return encode_all(bytes_of(content), chunk, encoder, [&](Bytes piece, bool last) {
      std::size_t written = 0;
      const DotEncoder::Result result = encoder.copy(piece, last, out.data(), out.size(), written);
      benchmark::ClobberMemory();
      if (wire != nullptr) wire->append(reinterpret_cast<const char*>(out.data()), written);
      return result;
    });
  });
}

void add(const bench::Corpus& corpus) {
  using Run = void (*)(benchmark::State&, const std::string&);
  struct Limit {
    const char* name;
    Run run;
  };
  struct Chunked {
    const char* name;
    void (*run)(benchmark::State&, const std::string&, std::size_t chunk);
  };
  static constexpr Chunked kChunked[] = {
      {"memcpy/", copy_memory}, {"decode/", decode}, {"encode/", encode}, {"copy/", encode_copied}};
  static constexpr Limit kLimits[] = {{"memchr/", find_lines}, {"scan/", scan}};
  for (const std::string name : {"body_b64.bin", "body_short.bin", "body_dots.bin"}) {
    const std::string file = corpus.read(name);
    for (const Limit& limit : kLimits)
      benchmark::RegisterBenchmark((limit.name + name).c_str(),
                                   [file, run = limit.run](auto& state) { run(state, file); });
    for (const Chunked& work : kChunked) {
      for (const std::size_t chunk : {std::size_t{1448}, std::size_t{16384}, std::size_t{65536}, kWhole}) {
        // The limit for a whole file has only the name of the file.
        std::string label = work.name + name;
        if (chunk != kWhole)
          label.append("/").append(std::to_string(chunk));
        else if (work.run != copy_memory)
          label.append("/whole");
        benchmark::RegisterBenchmark(label.c_str(),
                                     [file, chunk, run = work.run](auto& state) { run(state, file, chunk); });
      }
    }
  }
}

// `--scanner scalar|sse2|avx2`: this one instead of the best one of the machine.
bool choose_scanner(const std::string& name) {
#if EHLO_FAST
  const Scanner* const all[] = {
    &kScalarScanner,
#if defined(__x86_64__)
    &kSse2Scanner,
    has_avx2() ? &kAvx2Scanner : nullptr,
#endif
  };
  for (const Scanner* scanner : all) {
    if (scanner == nullptr || scanner->name != name) continue;
    force_scanner(scanner);
    return true;
  }
#endif
  return name.empty();
}

}  // namespace

int main(int argc, char** argv) {
  if (!choose_scanner(bench::take_flag(argc, argv, "--scanner"))) {
    std::fprintf(stderr, "bench_data: this machine has no such scanner\n");
    return 2;
  }
  return bench::run(argc, argv, add);
}
