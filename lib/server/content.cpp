// The end of a chunk and of a message: it is refused, or the program is asked for the result.
#include "server/content.h"

namespace ehlo {
namespace {

void finish_data(Session& session) noexcept {
  const Error error = session.content.check_message(session.config());
  if (error != EHLO_OK || session.transaction.refused_by_program) return session.finish_refused(error);
  session.begin_results();
}

// The octets of a refused chunk have been read: now it gets its reply.
void refuse_chunk(Session& session) noexcept {
  const Error error = session.content.take_chunk_error();
  if (session.activity.count_error(session.options().max_errors)) return session.end_with_reply(EHLO_E_TOO_MANY_ERRORS);
  if (error == EHLO_E_MESSAGE_TOO_LARGE) return session.finish_refused(error);
  // RFC 2033 4.3: BDAT LAST has as many replies as the transaction has recipients, which may be none.
  if (!(session.lmtp() && session.content.is_last() && error == EHLO_E_NO_RECIPIENTS)) session.queue.push(error);
}

// In order: an error of the command, the program's refusal, then faults of the content.
void finish_chunk(Session& session, Call& call) noexcept {
  ContentIntake& content = session.content;
  session.expect(Intake::lines);
  if (content.chunk_error() != EHLO_OK) return refuse_chunk(session);
  if (session.transaction.refused_by_program) return session.finish_refused(EHLO_OK);
  if (content.is_last() && !session.transaction.binary_mime) content.finish_text(call, session.content_rules());
  if (const Error error = content.check_message(session.config()); error != EHLO_OK)
    return session.finish_refused(error);
  if (content.is_last()) return session.begin_results();
  Event& event = call.events.draft(EHLO_SERVER_EVENT_CHUNK);
  event.verb = EHLO_VERB_BDAT;
  event.number = content.octets();
  session.ask_or_report(call, event, EHLO_ASK_CHUNK, Question::chunk);
}

}  // namespace

bool take_content(Session& session, Call& call) noexcept {
  const bool chunk = session.intake() == Intake::chunk;
  const ContentRules rules = session.content_rules();
  switch (chunk ? session.content.take_chunk(call, rules) : session.content.take_data(call, rules)) {
    case ContentIntake::ReadResult::waiting: return false;
    case ContentIntake::ReadResult::taken: break;
    case ContentIntake::ReadResult::complete:
      if (chunk)
        finish_chunk(session, call);
      else
        finish_data(session);
      break;
    case ContentIntake::ReadResult::too_much: session.end_with_reply(EHLO_E_TOO_MUCH_JUNK); break;
  }
  return true;
}

void ask_result(Session& session, Call& call) noexcept {
  ServerTransaction& transaction = session.transaction;
  Event& event = call.events.draft(EHLO_SERVER_EVENT_MESSAGE);
  event.number = session.content.octets();
  event.verb = session.state() == State::receiving_chunk ? EHLO_VERB_BDAT : EHLO_VERB_DATA;
  if (session.lmtp()) {
    event.index = session.recipient_bits.next(transaction.next_result);
    transaction.next_result = event.index + 1;
  }
  --transaction.results_left;
  session.ask_or_report(call, event, EHLO_ASK_MESSAGE, Question::message, event.index);
}

}  // namespace ehlo
