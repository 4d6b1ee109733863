// Prints the state tables of both roles as Mermaid diagrams and as lists of edges, for the docs.
#include <cstdio>
#include <iterator>

#include "client/state.h"
#include "server/state.h"

namespace {

constexpr const char* kStateNames[] = {"connected",      "refused",        "greeted",           "ready",
                                       "mail_open",      "has_recipient",  "receiving_content", "receiving_chunk",
                                       "between_chunks", "authenticating", "tls_pending",       "closing"};
constexpr const char* kInputNames[] = {"greeting_ok", "greeting_refused", "hello",        "mail",  "rcpt",  "data",
                                       "chunk",       "chunk_stored",     "message_done", "reset", "query", "auth",
                                       "auth_done",   "starttls",         "tls_started",  "quit",  "fatal"};
static_assert(std::size(kStateNames) == ehlo::kStates && std::size(kInputNames) == ehlo::kInputs);

constexpr const char* kClientStateNames[] = {
    "connected", "refused",  "greeted", "saying_hello",   "ready",    "mail_sent",   "rcpt_sent", "data_sent",
    "content",   "chunking", "spent",   "authenticating", "securing", "tls_pending", "quitting",  "closed"};
constexpr const char* kStepNames[] = {"greeting_ok",   "greeting_refused",
                                      "hello_ok",      "hello_refused",
                                      "mail_refused",  "go_ahead",
                                      "data_refused",  "data_pointless",
                                      "chunk_refused", "reset_ok",
                                      "reset_refused", "auth_over",
                                      "starttls_ok",   "starttls_refused",
                                      "hello",         "mail",
                                      "rcpt",          "data",
                                      "chunk",         "last_chunk",
                                      "end_of_data",   "reset",
                                      "query",         "auth",
                                      "starttls",      "quit",
                                      "tls_started",   "end"};
static_assert(std::size(kClientStateNames) == ehlo::kClientStates && std::size(kStepNames) == ehlo::kClientInputs);

const char* name(ehlo::State state) { return kStateNames[static_cast<std::size_t>(state)]; }
const char* name(ehlo::Input input) { return kInputNames[static_cast<std::size_t>(input)]; }
const char* name(ehlo::ClientState state) { return kClientStateNames[static_cast<std::size_t>(state)]; }
const char* name(ehlo::ClientInput step) { return kStepNames[static_cast<std::size_t>(step)]; }

template <class Edges, class Input>
void print(const char* title, const char* source, const Edges& edges, Input end) {
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
  print("States of a server session", "lib/server/state.h", ehlo::kEdges, ehlo::Input::fatal);
  std::puts("");
  print("States of a client session", "lib/client/state.h", ehlo::kClientEdges, ehlo::ClientInput::end);
  return 0;
}
