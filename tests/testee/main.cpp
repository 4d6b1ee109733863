// testee: makes the calls of the C API that the runner of the vectors asks for (README.md).
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <unordered_map>

#include "call.h"

namespace testee {
namespace {

void close_session(const Call& call, JsonText&) {
  const std::uint64_t session = call.number("session");
  require(close_server(session) || close_client(session), "no such session");
}

using Function = void (*)(const Call& call, JsonText& out);

const std::unordered_map<std::string_view, Function>& calls() {
  static const std::unordered_map<std::string_view, Function> all = [] {
    std::unordered_map<std::string_view, Function> table{{"close", close_session}};
    for (const auto* rows : {&kSyntaxCalls, &kServerCalls, &kClientCalls})
      for (const Row& row : *rows) table.emplace(row.name, row.call);
    return table;
  }();
  return all;
}

void answer(const Json& arguments, const std::vector<std::string>& octets, JsonText& out) {
  const std::size_t before = out.size();
  try {
    out.open('{');
    const auto row = calls().find(arguments.at("call").get_ref<const std::string&>());
    if (row == calls().end())
      out.flag("unknown", true);
    else
      row->second(Call(arguments, octets), out);
    out.close('}');
  } catch (const std::exception& fault) {
    out.cut(before);
    out.open('{');
    out.field("fault", fault.what());
    out.close('}');
  }
}

// A response, in which a result that was there before is only named.
class Response {
 public:
  Response() {
    out_.open('{');
    out_.key("results");
    out_.open('[');
  }
  void add(const Json& arguments, const std::vector<std::string>& octets) {
    const std::size_t before = out_.size();
    answer(arguments, octets, out_);
    const bool comma = out_.text()[before] == ',';
    const std::string_view text = std::string_view(out_.text()).substr(before + (comma ? 1 : 0));
    const auto [known, is_new] =
        known_.emplace(std::hash<std::string_view>()(text), Known{before, text.size(), count_});
    ++count_;
    if (is_new || text.size() < kWorthIt) return;
    const Known& earlier = known->second;
    const std::size_t skip = out_.text()[earlier.begin] == ',' ? 1 : 0;
    if (std::string_view(out_.text()).substr(earlier.begin + skip, earlier.size) != text) return;
    out_.cut(before);
    out_.open('{');
    out_.key("same");
    out_.number(earlier.number);
    out_.close('}');
  }
  const std::string& text() {
    out_.close(']');
    out_.close('}');
    return out_.text();
  }

 private:
  static constexpr std::size_t kWorthIt = 24;
  struct Known {
    std::size_t begin, size, number;
  };
  JsonText out_;
  std::unordered_map<std::size_t, Known> known_;
  std::size_t count_ = 0;
};

int run() {
  for (std::string line; std::getline(std::cin, line);) {
    const Json request = Json::parse(line, nullptr, false);
    if (request.is_discarded() || !request.is_object() || !request.contains("calls")) {
      std::fprintf(stderr, "testee: a request that cannot be read\n");
      return 2;
    }
    std::vector<std::string> octets;
    for (const Json& text : request.value("octets", Json::array())) octets.push_back(Call::octets_of(text));
    Response response;
    for (const Json& arguments : request["calls"]) response.add(arguments, octets);
    const std::string& text = response.text();
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fputc('\n', stdout);
    if (std::fflush(stdout) != 0) return 1;
  }
  return 0;
}

void* allocate(void*, std::size_t octets) {
  auto* block = static_cast<std::max_align_t*>(std::malloc(sizeof(std::max_align_t) + octets));
  if (block == nullptr) return nullptr;
  *reinterpret_cast<std::size_t*>(block) = octets;
  return block + 1;
}
void release(void*, void* memory, std::size_t octets) {
  if (memory == nullptr) return;
  auto* block = static_cast<std::max_align_t*>(memory) - 1;
  if (*reinterpret_cast<std::size_t*>(block) != octets) std::abort();
  std::free(block);
}

}  // namespace

const ehlo_allocator kMemory{allocate, release, nullptr};

std::uint64_t next_session() {
  static std::uint64_t last = 0;
  return ++last;
}

}  // namespace testee

int main() {
  std::ios::sync_with_stdio(false);
  return testee::run();
}
