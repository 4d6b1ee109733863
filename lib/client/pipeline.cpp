// Whether a command may leave before the replies to those before it are in (RFC 5321 4.3.1, RFC 2920 3.1).
#include "client/pipeline.h"

#include "client/verb_rows.h"

namespace ehlo {
namespace {

// RFC 2920 3.1: after a command with ENDS_GROUP nothing may be sent until its reply arrives. The final dot is not a
// command and does not end a group.
bool ends_group(const Pending& sent, const OwnRows& rows) noexcept {
  return sent.expect != Expect::result && (verb_row(sent.verb, rows).flags & EHLO_COMMAND_ENDS_GROUP) != 0;
}

}  // namespace

bool Pipeline::can_follow(bool pipelining, const OwnRows& rows) const noexcept {
  if (eof_ || outbox_.ends_with_chunk_line()) return false;
  // Input that is here although no reply is awaited cannot answer a command that would be sent now. It is read first,
  // and ends the session if it is a reply.
  if (awaited_.empty()) return !unread_;
  return pipelining && !ends_group(awaited_.back(), rows) && !awaited_.full();
}

}  // namespace ehlo
