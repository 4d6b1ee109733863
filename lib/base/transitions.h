// Tables of edges: the dialogue of a role as data, which the compiler turns into a matrix.
#pragma once

#include <array>
#include <cstddef>

namespace ehlo {

// The next state for each state and input, so that a command costs one look-up; `nowhere` where there is no edge.
template <class State, std::size_t kStates, std::size_t kInputs, class Edges>
constexpr auto make_transitions(const Edges& edges, State nowhere) noexcept {
  std::array<std::array<State, kInputs>, kStates> next{};
  for (auto& row : next)
    for (State& to : row) to = nowhere;
  for (const auto& edge : edges) next[static_cast<std::size_t>(edge.from)][static_cast<std::size_t>(edge.on)] = edge.to;
  return next;
}

template <class Edges>
constexpr bool edges_are_unique(const Edges& edges) noexcept {
  for (std::size_t i = 0; i < edges.size(); ++i)
    for (std::size_t k = 0; k < i; ++k)
      if (edges[i].from == edges[k].from && edges[i].on == edges[k].on) return false;
  return true;
}

}  // namespace ehlo
