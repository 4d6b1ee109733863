// The order of the dialogue as data, seen from the client: which command may be sent in which state, and what follows
// from it and from its reply (RFC 5321 4.1.4). What may be sent before the replies are in, can_follow says
// (commands.cpp).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/transitions.h"

namespace ehlo {

enum class ClientState : std::uint8_t {
  connected,       // the greeting is awaited
  refused,         // the greeting was no 220
  greeted,         // no EHLO yet, or none that was taken
  saying_hello,    // EHLO, HELO or LHLO sent
  ready,           // no transaction is open for more commands
  mail_sent,       // MAIL sent
  rcpt_sent,       // RCPT sent, one or more
  data_sent,       // DATA sent
  content,         // 354: content is owed
  chunking,        // BDAT sent, not the last
  spent,           // a transaction that failed and is to be cleared by RSET
  authenticating,  // within a SASL exchange
  securing,        // STARTTLS sent
  tls_pending,     // its 220 is in
  quitting,        // QUIT sent
  closed
};
inline constexpr std::size_t kClientStates = 16;

enum class Step : std::uint8_t {
  // replies
  greeting_ok,
  greeting_refused,
  hello_ok,
  hello_refused,
  mail_refused,
  go_ahead,
  data_refused,
  data_pointless,  // DATA was refused, and so was MAIL
  chunk_refused,
  reset_ok,
  reset_refused,
  auth_over,
  starttls_ok,
  starttls_refused,
  // commands
  hello,
  mail,
  rcpt,
  data,
  chunk,
  last_chunk,
  end_of_data,
  reset,
  query,
  auth,
  starttls,
  quit,
  // from outside
  tls_started,
  end
};
inline constexpr std::size_t kSteps = 28;

struct ClientEdge {
  ClientState from;
  Step on;
  ClientState to;
  std::string_view spec;
};

inline constexpr std::array kClientEdges{
    ClientEdge{ClientState::connected, Step::greeting_ok, ClientState::greeted, "RFC 5321 3.1"},
    ClientEdge{ClientState::connected, Step::greeting_refused, ClientState::refused, "RFC 5321 3.1: QUIT"},

    ClientEdge{ClientState::greeted, Step::hello, ClientState::saying_hello, "RFC 5321 3.2"},
    ClientEdge{ClientState::ready, Step::hello, ClientState::saying_hello, "RFC 5321 4.1.4"},
    ClientEdge{ClientState::mail_sent, Step::hello, ClientState::saying_hello, "RFC 5321 4.1.4: as RSET"},
    ClientEdge{ClientState::rcpt_sent, Step::hello, ClientState::saying_hello, "RFC 5321 4.1.4: as RSET"},
    ClientEdge{ClientState::chunking, Step::hello, ClientState::saying_hello, "RFC 5321 4.1.4: as RSET"},
    ClientEdge{ClientState::spent, Step::hello, ClientState::saying_hello, "RFC 5321 4.1.4: as RSET"},
    ClientEdge{ClientState::saying_hello, Step::hello_ok, ClientState::ready, "RFC 5321 4.1.1.1"},
    ClientEdge{ClientState::saying_hello, Step::hello_refused, ClientState::greeted, "RFC 5321 4.1.4"},

    ClientEdge{ClientState::ready, Step::mail, ClientState::mail_sent, "RFC 5321 3.3"},
    ClientEdge{ClientState::mail_sent, Step::mail_refused, ClientState::ready, "RFC 5321 4.1.4"},
    ClientEdge{ClientState::rcpt_sent, Step::mail_refused, ClientState::ready, "RFC 5321 4.1.4"},
    ClientEdge{ClientState::data_sent, Step::mail_refused, ClientState::data_sent, "RFC 2920 3.1: DATA is under way"},
    ClientEdge{ClientState::mail_sent, Step::rcpt, ClientState::rcpt_sent, "RFC 5321 3.3"},
    ClientEdge{ClientState::rcpt_sent, Step::rcpt, ClientState::rcpt_sent, "RFC 5321 3.3"},
    ClientEdge{ClientState::rcpt_sent, Step::data, ClientState::data_sent, "RFC 5321 3.3"},
    ClientEdge{ClientState::data_sent, Step::go_ahead, ClientState::content, "RFC 5321 4.1.1.4"},
    ClientEdge{ClientState::data_sent, Step::data_refused, ClientState::spent, "RFC 2920 3.1: RSET"},
    ClientEdge{ClientState::data_sent, Step::data_pointless, ClientState::ready, "RFC 5321 4.1.4: nothing is open"},
    ClientEdge{ClientState::content, Step::end_of_data, ClientState::ready, "RFC 2920 3.1: content may begin a group"},
    ClientEdge{ClientState::rcpt_sent, Step::chunk, ClientState::chunking, "RFC 3030 2"},
    ClientEdge{ClientState::rcpt_sent, Step::last_chunk, ClientState::ready, "RFC 3030 2"},
    ClientEdge{ClientState::chunking, Step::chunk, ClientState::chunking, "RFC 3030 2"},
    ClientEdge{ClientState::chunking, Step::last_chunk, ClientState::ready, "RFC 3030 2"},
    ClientEdge{ClientState::chunking, Step::chunk_refused, ClientState::spent, "RFC 3030 2: no more segments"},
    ClientEdge{ClientState::ready, Step::chunk_refused, ClientState::spent, "RFC 3030 2: the last one went out"},
    ClientEdge{ClientState::spent, Step::chunk_refused, ClientState::spent, "RFC 3030 2"},

    ClientEdge{ClientState::greeted, Step::reset, ClientState::greeted, "RFC 5321 4.1.4: at any time"},
    ClientEdge{ClientState::ready, Step::reset, ClientState::ready, "RFC 5321 4.1.1.5"},
    ClientEdge{ClientState::mail_sent, Step::reset, ClientState::ready, "RFC 5321 4.1.1.5"},
    ClientEdge{ClientState::rcpt_sent, Step::reset, ClientState::ready, "RFC 5321 4.1.1.5"},
    ClientEdge{ClientState::chunking, Step::reset, ClientState::ready, "RFC 3030 2"},
    ClientEdge{ClientState::spent, Step::reset, ClientState::ready, "RFC 5321 4.1.1.5"},
    ClientEdge{ClientState::spent, Step::reset_ok, ClientState::ready, "RFC 5321 4.1.1.5: one behind a refused one"},
    ClientEdge{ClientState::ready, Step::reset_refused, ClientState::spent,
               "RFC 5321 4.1.1.5: what is open is unclear"},

    ClientEdge{ClientState::greeted, Step::query, ClientState::greeted, "RFC 5321 4.1.4: at any time"},
    ClientEdge{ClientState::ready, Step::query, ClientState::ready, "RFC 5321 4.1.4"},
    ClientEdge{ClientState::mail_sent, Step::query, ClientState::mail_sent, "RFC 5321 4.1.1.9"},
    ClientEdge{ClientState::rcpt_sent, Step::query, ClientState::rcpt_sent, "RFC 5321 4.1.1.9"},
    ClientEdge{ClientState::chunking, Step::query, ClientState::chunking, "RFC 5321 4.1.1.9"},
    ClientEdge{ClientState::spent, Step::query, ClientState::spent, "RFC 5321 4.1.1.9"},

    ClientEdge{ClientState::ready, Step::auth, ClientState::authenticating, "RFC 4954 4: not within a transaction"},
    ClientEdge{ClientState::authenticating, Step::auth_over, ClientState::ready, "RFC 4954 4"},
    ClientEdge{ClientState::ready, Step::starttls, ClientState::securing, "RFC 3207 4"},
    ClientEdge{ClientState::securing, Step::starttls_ok, ClientState::tls_pending, "RFC 3207 4"},
    ClientEdge{ClientState::securing, Step::starttls_refused, ClientState::ready, "RFC 3207 4"},
    ClientEdge{ClientState::tls_pending, Step::tls_started, ClientState::greeted, "RFC 3207 4.2: all is forgotten"},

    ClientEdge{ClientState::refused, Step::quit, ClientState::quitting, "RFC 5321 3.1"},
    ClientEdge{ClientState::greeted, Step::quit, ClientState::quitting, "RFC 5321 4.1.1.10"},
    ClientEdge{ClientState::ready, Step::quit, ClientState::quitting, "RFC 5321 4.1.1.10"},
    ClientEdge{ClientState::mail_sent, Step::quit, ClientState::quitting, "RFC 5321 4.1.1.10"},
    ClientEdge{ClientState::rcpt_sent, Step::quit, ClientState::quitting, "RFC 5321 4.1.1.10"},
    ClientEdge{ClientState::chunking, Step::quit, ClientState::quitting, "RFC 5321 4.1.1.10"},
    ClientEdge{ClientState::spent, Step::quit, ClientState::quitting, "RFC 5321 4.1.1.10"},
};

inline constexpr ClientState kNoState{0xFF};

inline constexpr auto kClientNext = [] {
  auto next = make_transitions<ClientState, kClientStates, kSteps>(kClientEdges, kNoState);
  // From everywhere the connection may end (RFC 5321 3.8).
  for (auto& row : next) row[static_cast<std::size_t>(Step::end)] = ClientState::closed;
  return next;
}();

constexpr ClientState next_state(ClientState from, Step on) noexcept {
  return kClientNext[static_cast<std::size_t>(from)][static_cast<std::size_t>(on)];
}
constexpr bool is_legal(ClientState from, Step on) noexcept { return next_state(from, on) != kNoState; }

// Within a transaction that commands can still be added to.
constexpr bool has_transaction(ClientState state) noexcept {
  return state == ClientState::mail_sent || state == ClientState::rcpt_sent || state == ClientState::data_sent ||
         state == ClientState::content || state == ClientState::chunking;
}

namespace client_state_checks {

// Content goes out only behind a 354.
constexpr bool content_needs_go_ahead() noexcept {
  for (const ClientEdge& edge : kClientEdges)
    if (edge.to == ClientState::content && edge.on != Step::go_ahead) return false;
  return true;
}

constexpr bool nothing_leaves(ClientState state, Step except) noexcept {
  for (const ClientEdge& edge : kClientEdges)
    if (edge.from == state && edge.on != except) return false;
  return true;
}

static_assert(edges_are_unique(kClientEdges), "two edges for one state and step");
static_assert(content_needs_go_ahead(), "RFC 5321 3.3");
static_assert(nothing_leaves(ClientState::tls_pending, Step::tls_started), "RFC 3207 4: the handshake comes next");
static_assert(nothing_leaves(ClientState::closed, Step::end));
static_assert(!is_legal(ClientState::greeted, Step::mail), "RFC 5321 4.1.1.1: EHLO or HELO first");
static_assert(!is_legal(ClientState::mail_sent, Step::data), "RFC 5321 3.3: DATA needs a recipient");
static_assert(!is_legal(ClientState::chunking, Step::data), "RFC 3030 2: DATA and BDAT do not mix");
static_assert(!is_legal(ClientState::spent, Step::chunk), "RFC 3030 2: no segments after a failure");
static_assert(!is_legal(ClientState::mail_sent, Step::auth), "RFC 4954 4: not within a transaction");

}  // namespace client_state_checks
}  // namespace ehlo
