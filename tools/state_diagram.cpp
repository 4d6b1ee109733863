// Prints the table of the dialogue as a Mermaid diagram and a list of edges, for the docs.
#include <cstdio>
#include <iterator>

#include "server/state.h"

namespace {

constexpr const char* kStateNames[] = {"connected",      "refused",        "greeted",           "ready",
                                       "mail_open",      "has_recipient",  "receiving_content", "receiving_chunk",
                                       "between_chunks", "authenticating", "tls_pending",       "closing"};
constexpr const char* kInputNames[] = {"greeting_ok", "greeting_refused", "hello",        "mail",  "rcpt",  "data",
                                       "chunk",       "chunk_stored",     "message_done", "reset", "query", "auth",
                                       "auth_done",   "starttls",         "tls_started",  "quit",  "fatal"};
static_assert(std::size(kStateNames) == ehlo::kStates && std::size(kInputNames) == ehlo::kInputs);

const char* name(ehlo::State state) { return kStateNames[static_cast<std::size_t>(state)]; }
const char* name(ehlo::Input input) { return kInputNames[static_cast<std::size_t>(input)]; }

}  // namespace

int main() {
  std::puts("# States of a server session\n\nDrawn from `lib/server/state.h`.\n\n```mermaid\nstateDiagram-v2");
  for (const ehlo::Edge& edge : ehlo::kEdges)
    if (edge.from != edge.to && edge.on != ehlo::Input::fatal)
      std::printf("  %s --> %s : %s\n", name(edge.from), name(edge.to), name(edge.on));
  std::puts("```\n\n| state | input | next | rule |\n|---|---|---|---|");
  for (const ehlo::Edge& edge : ehlo::kEdges)
    std::printf("| %s | %s | %s | %.*s |\n", name(edge.from), name(edge.on), name(edge.to),
                static_cast<int>(edge.spec.size()), edge.spec.data());
  return 0;
}
