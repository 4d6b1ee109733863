// Commands that are written and not taken yet, the replies that are awaited, and the state that says which command may
// be next.
#pragma once

#include "client/outbox.h"
#include "client/pending.h"
#include "client/state.h"
#include "extension/own_rows.h"

namespace ehlo {

class Pipeline {
 public:
  // The first reply comes without a command.
  Pipeline() noexcept { awaited_.push({Expect::greeting, kNoSlot, EHLO_VERB_UNKNOWN, false, 1}); }

  ClientState state() const noexcept { return state_; }
  // An input that the state has no edge for changes nothing.
  void go(ClientInput input) noexcept {
    const ClientState next = next_state(state_, input);
    if (next != kNoState) state_ = next;
  }

  // Whether the command may be sent now: in this state, and after those whose replies are awaited.
  bool may_send(ClientInput command, bool pipelining, const OwnRows& rows) const noexcept {
    return is_legal(state_, command) && can_follow(pipelining, rows);
  }

  // A command writes its line to the outbox, and adds its reply to the awaited ones with await().
  Outbox& outbox() noexcept { return outbox_; }
  const Outbox& outbox() const noexcept { return outbox_; }
  const PendingReplies& awaited() const noexcept { return awaited_; }
  void await(const Pending& reply) noexcept { awaited_.push(reply); }

  std::size_t take_output(Octet* out, std::size_t capacity) noexcept {
    std::uint32_t lines = 0;
    const std::size_t count = outbox_.take(out, capacity, lines);
    in_flight_ += lines;
    return count;
  }
  // A command line left that was not in the outbox.
  void note_line_left() noexcept { ++in_flight_; }

  // Whether a reply that is here can be the next that is awaited. One that was here before its command left is no
  // answer to it: a server that speaks out of turn must not shift all later replies to the wrong commands.
  bool is_reply_due() const noexcept { return !awaited_.empty() && (!awaited_.front().by_line || in_flight_ > 0); }
  void take_reply() noexcept {
    const Pending& to = awaited_.front();
    // The end of an LMTP message is one line with many replies.
    if (to.by_line && (to.expect != Expect::result || to.count == 1)) --in_flight_;
    awaited_.pop();
  }

  // RFC 5321 4.1.1.10: a server may close without its 221, where nothing else is missing.
  bool awaits_goodbye_alone() const noexcept {
    return state_ == ClientState::quit_sent && awaited_.total() == 1 && in_flight_ == 1;
  }
  bool is_quiet() const noexcept { return awaited_.empty() && outbox_.empty() && !outbox_.holds(); }

  // The peer has closed. What it said before is still read, but nothing more is sent.
  void set_eof() noexcept { eof_ = state_ != ClientState::closed; }
  bool eof() const noexcept { return eof_; }
  // The last call of receive left input: a reply that is not complete, or not reported.
  void set_unread(bool unread) noexcept { unread_ = unread; }
  bool unread() const noexcept { return unread_; }

  void close() noexcept {
    go(ClientInput::end);
    eof_ = false;
    awaited_.clear();
    outbox_.clear();
  }

 private:
  bool can_follow(bool pipelining, const OwnRows& rows) const noexcept;

  PendingReplies awaited_;
  Outbox outbox_;
  // Command lines that left and have had no reply. A line counts when it leaves and not when it is written, since no
  // reply can be to a line that is still here.
  std::uint32_t in_flight_ = 0;
  ClientState state_ = ClientState::connected;
  bool eof_ = false;
  bool unread_ = false;
};

}  // namespace ehlo
