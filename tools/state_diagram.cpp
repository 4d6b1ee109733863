// Prints the state tables of both roles as Mermaid diagrams and as lists of edges, for the docs.
#include <array>
#include <cstdio>
#include <string>
#include <string_view>
#include <type_traits>
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
std::array<std::string, sizeof...(i)> names_of(std::index_sequence<i...>) {
  return {std::string(name_of<static_cast<Enum>(i)>())...};
}

template <std::size_t states, std::size_t inputs, class Edges, class Input>
void print(const char* title, const char* source, const Edges& edges, Input end) {
  using State = decltype(edges[0].from);
  const auto state_names = names_of<State>(std::make_index_sequence<states>());
  const auto input_names = names_of<Input>(std::make_index_sequence<inputs>());
  const auto name = [&](auto value) {
    if constexpr (std::is_same_v<decltype(value), State>)
      return state_names[static_cast<std::size_t>(value)].c_str();
    else
      return input_names[static_cast<std::size_t>(value)].c_str();
  };
  std::printf("# %s\n\nDrawn from `%s`.\n\n```mermaid\nstateDiagram-v2\n", title, source);
  for (const auto& edge : edges)
    if (edge.from != edge.to && edge.on != end)
      std::printf("  %s --> %s : %s\n", name(edge.from), name(edge.to), name(edge.on));
  std::puts("```\n\n| state | input | next | rule |\n|---|---|---|---|");
  for (const auto& edge : edges)
    std::printf("| %s | %s | %s | %.*s |\n", name(edge.from), name(edge.on), name(edge.to),
                static_cast<int>(edge.spec.size()), edge.spec.data());
}

}  // namespace

int main() {
  using namespace ehlo;
  print<kStates, kInputs>("States of a server session", "lib/server/state.h", kEdges, Input::end);
  std::puts("");
  print<kClientStates, kClientInputs>("States of a client session", "lib/client/state.h", kClientEdges,
                                      ClientInput::end);
  return 0;
}
