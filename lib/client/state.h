// The order of the dialogue as data, seen from the client: which command may be sent in which state, and what follows
// from it and from its reply (RFC 5321 4.1.4). What may be sent before the replies are in, can_follow says
// (pipeline.cpp).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/transitions.h"

namespace ehlo {

enum class ClientState : std::uint8_t {
  connected,           // the greeting is awaited
  refused,             // the greeting was no 220
  greeted,             // no EHLO yet, or none that was taken
  hello_sent,          // EHLO, HELO or LHLO sent
  ready,               // no transaction is open for more commands
  mail_sent,           // MAIL sent
  rcpt_sent,           // RCPT sent, one or more
  data_sent,           // DATA sent
  content,             // 354: the program has to give the content
  chunking,            // BDAT sent, not the last
  transaction_failed,  // a transaction that failed and is to be cleared by RSET
  authenticating,      // within a SASL exchange
  starttls_sent,       // STARTTLS sent
  tls_pending,         // its 220 is in
  quit_sent,           // QUIT sent
  closed
};
inline constexpr std::size_t kClientStates = 16;

enum class ClientInput : std::uint8_t {
  // replies
  greeting_ok,
  greeting_refused,
  hello_ok,
  hello_refused,
  mail_refused,
  go_ahead,
  data_refused,
  data_refused_after_mail,  // DATA was refused, and so was MAIL
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
  any_time,              // a plain verb that may be sent at any time
  in_transaction,        // one that may be sent after EHLO, also within a transaction
  between_transactions,  // one that may be sent between transactions
  auth,
  starttls,
  quit,
  // from outside
  tls_started,
  end
};
inline constexpr std::size_t kClientInputs = 30;

struct ClientEdge {
  ClientState from;
  ClientInput on;
  ClientState to;
  std::string_view spec;
};

inline constexpr std::array kClientEdges{
    ClientEdge{ClientState::connected, ClientInput::greeting_ok, ClientState::greeted, "RFC 5321 3.1"},
    ClientEdge{ClientState::connected, ClientInput::greeting_refused, ClientState::refused, "RFC 5321 3.1: QUIT"},

    ClientEdge{ClientState::greeted, ClientInput::hello, ClientState::hello_sent, "RFC 5321 3.2"},
    ClientEdge{ClientState::ready, ClientInput::hello, ClientState::hello_sent, "RFC 5321 4.1.4"},
    ClientEdge{ClientState::mail_sent, ClientInput::hello, ClientState::hello_sent, "RFC 5321 4.1.4: as RSET"},
    ClientEdge{ClientState::rcpt_sent, ClientInput::hello, ClientState::hello_sent, "RFC 5321 4.1.4: as RSET"},
    ClientEdge{ClientState::chunking, ClientInput::hello, ClientState::hello_sent, "RFC 5321 4.1.4: as RSET"},
    ClientEdge{ClientState::transaction_failed, ClientInput::hello, ClientState::hello_sent, "RFC 5321 4.1.4: as RSET"},
    ClientEdge{ClientState::hello_sent, ClientInput::hello_ok, ClientState::ready, "RFC 5321 4.1.1.1"},
    ClientEdge{ClientState::hello_sent, ClientInput::hello_refused, ClientState::greeted, "RFC 5321 4.1.4"},

    ClientEdge{ClientState::ready, ClientInput::mail, ClientState::mail_sent, "RFC 5321 3.3"},
    ClientEdge{ClientState::mail_sent, ClientInput::mail_refused, ClientState::ready, "RFC 5321 4.1.4"},
    ClientEdge{ClientState::rcpt_sent, ClientInput::mail_refused, ClientState::ready, "RFC 5321 4.1.4"},
    ClientEdge{ClientState::data_sent, ClientInput::mail_refused, ClientState::data_sent,
               "RFC 2920 3.1: DATA is under way"},
    ClientEdge{ClientState::mail_sent, ClientInput::rcpt, ClientState::rcpt_sent, "RFC 5321 3.3"},
    ClientEdge{ClientState::rcpt_sent, ClientInput::rcpt, ClientState::rcpt_sent, "RFC 5321 3.3"},
    ClientEdge{ClientState::rcpt_sent, ClientInput::data, ClientState::data_sent, "RFC 5321 3.3"},
    ClientEdge{ClientState::data_sent, ClientInput::go_ahead, ClientState::content, "RFC 5321 4.1.1.4"},
    ClientEdge{ClientState::data_sent, ClientInput::data_refused, ClientState::transaction_failed,
               "RFC 2920 3.1: RSET"},
    ClientEdge{ClientState::data_sent, ClientInput::data_refused_after_mail, ClientState::ready,
               "RFC 5321 4.1.4: nothing is open"},
    ClientEdge{ClientState::content, ClientInput::end_of_data, ClientState::ready,
               "RFC 2920 3.1: content may begin a group"},
    ClientEdge{ClientState::rcpt_sent, ClientInput::chunk, ClientState::chunking, "RFC 3030 2"},
    ClientEdge{ClientState::rcpt_sent, ClientInput::last_chunk, ClientState::ready, "RFC 3030 2"},
    ClientEdge{ClientState::chunking, ClientInput::chunk, ClientState::chunking, "RFC 3030 2"},
    ClientEdge{ClientState::chunking, ClientInput::last_chunk, ClientState::ready, "RFC 3030 2"},
    ClientEdge{ClientState::chunking, ClientInput::chunk_refused, ClientState::transaction_failed,
               "RFC 3030 2: no more segments"},
    ClientEdge{ClientState::ready, ClientInput::chunk_refused, ClientState::transaction_failed,
               "RFC 3030 2: the last one went out"},
    ClientEdge{ClientState::transaction_failed, ClientInput::chunk_refused, ClientState::transaction_failed,
               "RFC 3030 2"},

    ClientEdge{ClientState::greeted, ClientInput::reset, ClientState::greeted, "RFC 5321 4.1.4: at any time"},
    ClientEdge{ClientState::ready, ClientInput::reset, ClientState::ready, "RFC 5321 4.1.1.5"},
    ClientEdge{ClientState::mail_sent, ClientInput::reset, ClientState::ready, "RFC 5321 4.1.1.5"},
    ClientEdge{ClientState::rcpt_sent, ClientInput::reset, ClientState::ready, "RFC 5321 4.1.1.5"},
    ClientEdge{ClientState::chunking, ClientInput::reset, ClientState::ready, "RFC 3030 2"},
    ClientEdge{ClientState::transaction_failed, ClientInput::reset, ClientState::ready, "RFC 5321 4.1.1.5"},
    ClientEdge{ClientState::transaction_failed, ClientInput::reset_ok, ClientState::ready,
               "RFC 5321 4.1.1.5: one behind a refused one"},
    ClientEdge{ClientState::ready, ClientInput::reset_refused, ClientState::transaction_failed,
               "RFC 5321 4.1.1.5: what is open is unclear"},

    ClientEdge{ClientState::greeted, ClientInput::any_time, ClientState::greeted, "RFC 5321 4.1.4: at any time"},
    ClientEdge{ClientState::ready, ClientInput::any_time, ClientState::ready, "RFC 5321 4.1.4"},
    ClientEdge{ClientState::mail_sent, ClientInput::any_time, ClientState::mail_sent, "RFC 5321 4.1.1.9"},
    ClientEdge{ClientState::rcpt_sent, ClientInput::any_time, ClientState::rcpt_sent, "RFC 5321 4.1.1.9"},
    ClientEdge{ClientState::chunking, ClientInput::any_time, ClientState::chunking, "RFC 5321 4.1.1.9"},
    ClientEdge{ClientState::transaction_failed, ClientInput::any_time, ClientState::transaction_failed,
               "RFC 5321 4.1.1.9"},

    ClientEdge{ClientState::ready, ClientInput::in_transaction, ClientState::ready, "RFC 5321 4.1.4"},
    ClientEdge{ClientState::mail_sent, ClientInput::in_transaction, ClientState::mail_sent, "RFC 5321 2.2.2"},
    ClientEdge{ClientState::rcpt_sent, ClientInput::in_transaction, ClientState::rcpt_sent, "RFC 5321 2.2.2"},
    ClientEdge{ClientState::chunking, ClientInput::in_transaction, ClientState::chunking, "RFC 5321 2.2.2"},
    ClientEdge{ClientState::transaction_failed, ClientInput::in_transaction, ClientState::transaction_failed,
               "RFC 5321 2.2.2"},
    ClientEdge{ClientState::ready, ClientInput::between_transactions, ClientState::ready,
               "RFC 1985 4: not within a transaction"},

    ClientEdge{ClientState::ready, ClientInput::auth, ClientState::authenticating,
               "RFC 4954 4: not within a transaction"},
    ClientEdge{ClientState::authenticating, ClientInput::auth_over, ClientState::ready, "RFC 4954 4"},
    ClientEdge{ClientState::ready, ClientInput::starttls, ClientState::starttls_sent, "RFC 3207 4"},
    ClientEdge{ClientState::starttls_sent, ClientInput::starttls_ok, ClientState::tls_pending, "RFC 3207 4"},
    ClientEdge{ClientState::starttls_sent, ClientInput::starttls_refused, ClientState::ready, "RFC 3207 4"},
    ClientEdge{ClientState::tls_pending, ClientInput::tls_started, ClientState::greeted,
               "RFC 3207 4.2: all is forgotten"},

    ClientEdge{ClientState::refused, ClientInput::quit, ClientState::quit_sent, "RFC 5321 3.1"},
    ClientEdge{ClientState::greeted, ClientInput::quit, ClientState::quit_sent, "RFC 5321 4.1.1.10"},
    ClientEdge{ClientState::ready, ClientInput::quit, ClientState::quit_sent, "RFC 5321 4.1.1.10"},
    ClientEdge{ClientState::mail_sent, ClientInput::quit, ClientState::quit_sent, "RFC 5321 4.1.1.10"},
    ClientEdge{ClientState::rcpt_sent, ClientInput::quit, ClientState::quit_sent, "RFC 5321 4.1.1.10"},
    ClientEdge{ClientState::chunking, ClientInput::quit, ClientState::quit_sent, "RFC 5321 4.1.1.10"},
    ClientEdge{ClientState::transaction_failed, ClientInput::quit, ClientState::quit_sent, "RFC 5321 4.1.1.10"},
};

inline constexpr ClientState kNoState{0xFF};

inline constexpr auto kClientNext = [] {
  auto next = make_transitions<ClientState, kClientStates, kClientInputs>(kClientEdges, kNoState);
  // From everywhere the connection may end (RFC 5321 3.8).
  for (auto& row : next) row[static_cast<std::size_t>(ClientInput::end)] = ClientState::closed;
  return next;
}();

constexpr ClientState next_state(ClientState from, ClientInput on) noexcept {
  return kClientNext[static_cast<std::size_t>(from)][static_cast<std::size_t>(on)];
}
constexpr bool is_legal(ClientState from, ClientInput on) noexcept { return next_state(from, on) != kNoState; }

// Within a transaction that commands can still be added to.
constexpr bool has_transaction(ClientState state) noexcept {
  return state == ClientState::mail_sent || state == ClientState::rcpt_sent || state == ClientState::data_sent ||
         state == ClientState::content || state == ClientState::chunking;
}

namespace client_state_checks {

// Content goes out only after a 354.
constexpr bool content_needs_go_ahead() noexcept {
  for (const ClientEdge& edge : kClientEdges)
    if (edge.to == ClientState::content && edge.on != ClientInput::go_ahead) return false;
  return true;
}

constexpr bool nothing_leaves(ClientState state, ClientInput except) noexcept {
  for (const ClientEdge& edge : kClientEdges)
    if (edge.from == state && edge.on != except) return false;
  return true;
}

static_assert(edges_are_unique(kClientEdges), "two edges for one state and input");
static_assert(content_needs_go_ahead(), "RFC 5321 3.3");
static_assert(nothing_leaves(ClientState::tls_pending, ClientInput::tls_started),
              "RFC 3207 4: the handshake comes next");
static_assert(nothing_leaves(ClientState::closed, ClientInput::end));
static_assert(!is_legal(ClientState::greeted, ClientInput::mail), "RFC 5321 4.1.1.1: EHLO or HELO first");
static_assert(!is_legal(ClientState::mail_sent, ClientInput::data), "RFC 5321 3.3: DATA needs a recipient");
static_assert(!is_legal(ClientState::chunking, ClientInput::data), "RFC 3030 2: DATA and BDAT do not mix");
static_assert(!is_legal(ClientState::transaction_failed, ClientInput::chunk),
              "RFC 3030 2: no segments after a failure");
static_assert(!is_legal(ClientState::mail_sent, ClientInput::auth), "RFC 4954 4: not within a transaction");

}  // namespace client_state_checks
}  // namespace ehlo
