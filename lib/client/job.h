// The envelope whose transaction is being carried out, and how far it has been written. It writes as far as the state,
// pipelining and the room for commands allow, whenever one of them changes.
#pragma once

#include "client/envelope.h"

namespace ehlo {

struct ClientSession;

struct Job {
  const Envelope* envelope = nullptr;  // a reference; nullptr: there is no job, the program sends single commands
  std::size_t cursor = 0;              // in its lines
  std::uint32_t recipients = 0;
  std::uint32_t sent = 0;      // RCPT
  std::uint32_t number = 0;    // of its transaction
  bool started = false;        // MAIL has been sent
  bool awaits_chunks = false;  // BDAT: the recipients are decided, the content may come

  bool active() const noexcept { return envelope != nullptr; }
  void drop() noexcept {
    Envelope::drop(envelope);
    *this = {};
  }
};

// Begins a transaction of the envelope, or remembers it until one may begin.
Error transact(ClientSession& session, const Envelope& envelope) noexcept;

// Writes what may be sent now. Called whenever a reply was taken or room has become free.
void continue_job(ClientSession& session) noexcept;

// Gives out what is written. A job fills the room that has become free at once, so that its output does
// not depend on which call comes next.
std::size_t take_output(ClientSession& session, Octet* out, std::size_t capacity) noexcept;

// The job ends if its transaction is this one.
void drop_job(ClientSession& session, std::uint8_t slot) noexcept;

bool wants_chunks(const ClientSession& session, const Envelope& envelope) noexcept;

}  // namespace ehlo
