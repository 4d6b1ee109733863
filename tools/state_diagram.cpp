// Prints the state tables of both roles as Mermaid diagrams and as lists of edges, for the docs.
#include <array>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

#include "client/state.h"
#include "server/state.h"

namespace {

// The name of an enumerator, as both compilers write it: "... value = ehlo::State::ready]", or with "; " after it.
template <auto value>
constexpr std::string_view name_of() noexcept {
  std::string_view text = __PRETTY_FUNCTION__;
  text = text.substr(text.find("value = ") + 8);
  text = text.substr(0, text.find_first_of(";]"));
  return text.substr(text.rfind(':') + 1);
}

template <class Enum, std::size_t... i>
constexpr std::array<std::string_view, sizeof...(i)> names_of(std::index_sequence<i...>) noexcept {
  return {name_of<static_cast<Enum>(i)>()...};
}

template <class Enum, std::size_t count>
inline constexpr auto kNames = names_of<Enum>(std::make_index_sequence<count>());

std::string name(ehlo::State state) {
  return std::string(kNames<ehlo::State, ehlo::kStates>[static_cast<std::size_t>(state)]);
}
std::string name(ehlo::Input input) {
  return std::string(kNames<ehlo::Input, ehlo::kInputs>[static_cast<std::size_t>(input)]);
}
std::string name(ehlo::ClientState state) {
  return std::string(kNames<ehlo::ClientState, ehlo::kClientStates>[static_cast<std::size_t>(state)]);
}
std::string name(ehlo::ClientInput input) {
  return std::string(kNames<ehlo::ClientInput, ehlo::kClientInputs>[static_cast<std::size_t>(input)]);
}

template <class Edges, class Input>
void print(const char* title, const char* source, const Edges& edges, Input end) {
  std::printf("# %s\n\nDrawn from `%s`.\n\n```mermaid\nstateDiagram-v2\n", title, source);
  for (const auto& edge : edges)
    if (edge.from != edge.to && edge.on != end)
      std::printf("  %s --> %s : %s\n", name(edge.from).c_str(), name(edge.to).c_str(), name(edge.on).c_str());
  std::puts("```\n\n| state | input | next | rule |\n|---|---|---|---|");
  for (const auto& edge : edges)
    std::printf("| %s | %s | %s | %.*s |\n", name(edge.from).c_str(), name(edge.on).c_str(), name(edge.to).c_str(),
                static_cast<int>(edge.spec.size()), edge.spec.data());
}

}  // namespace

int main() {
  print("States of a server session", "lib/server/state.h", ehlo::kEdges, ehlo::Input::end);
  std::puts("");
  print("States of a client session", "lib/client/state.h", ehlo::kClientEdges, ehlo::ClientInput::end);
  return 0;
}
