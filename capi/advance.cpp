// The C API: several calls of a session in one.
#include "base/elements.h"
#include "internal.h"

using namespace ehlo;

namespace {

bool is_within(const ehlo_span& text, size_t octets) noexcept {
  return text.off <= octets && text.len <= octets - text.off;
}

int32_t give(ehlo_server* server, const ehlo_server_answer& answer, const char* texts, size_t texts_length) noexcept {
  const bool has_text = answer.kind != EHLO_SERVER_ANSWER_ACCEPT && answer.kind != EHLO_SERVER_ANSWER_DECLINE;
  if (has_text && !is_within(answer.text, texts_length)) return EHLO_E_ARGUMENT;
  const char* text = has_text && answer.text.len != 0 ? texts + answer.text.off : nullptr;
  switch (answer.kind) {
    case EHLO_SERVER_ANSWER_ACCEPT: return ehlo_server_accept(server, answer.id);
    case EHLO_SERVER_ANSWER_DECLINE: return ehlo_server_decline(server, answer.id);
    case EHLO_SERVER_ANSWER_REPLY:
      return ehlo_server_reply(server, answer.id, answer.code, answer.enhanced, text, answer.text.len);
    case EHLO_SERVER_ANSWER_CHALLENGE: return ehlo_server_challenge(server, answer.id, text, answer.text.len);
    case EHLO_SERVER_ANSWER_REFUSE:
      return ehlo_server_refuse_message(server, answer.code, answer.enhanced, text, answer.text.len);
    default: return EHLO_E_ARGUMENT;
  }
}

}  // namespace

void ehlo_server_advance(ehlo_server* server, ehlo_server_answer* answers, size_t answer_size, uint32_t answer_count,
                         const void* texts, size_t texts_length, const void* input, size_t length,
                         ehlo_server_batch* batch, void* out, size_t capacity, ehlo_progress* progress) {
  if (progress == nullptr) return;
  *progress = {};
  if (answers == nullptr) answer_count = 0;
  if (texts == nullptr) texts_length = 0;
  if (!is_element_size<ehlo_server_answer>(answer_size)) {
    progress->refused = answer_count;
    answer_count = 0;
  }
  for (uint32_t i = 0; i < answer_count; ++i) {
    ehlo_server_answer& answer = element(answers, answer_size, i);
    answer.error = give(server, answer, static_cast<const char*>(texts), texts_length);
    if (answer.error != EHLO_OK) ++progress->refused;
  }
  progress->consumed = ehlo_server_receive(server, input, length, batch);
  progress->written = ehlo_server_output(server, out, capacity);
  progress->wants = ehlo_server_wants(server);
  progress->facts = ehlo_server_facts(server);
  progress->timeout = ehlo_server_timeout(server);
}

void ehlo_client_advance(ehlo_client* client, const void* input, size_t length, ehlo_client_batch* batch, void* out,
                         size_t capacity, ehlo_progress* progress) {
  if (progress == nullptr) return;
  *progress = {};
  progress->consumed = ehlo_client_receive(client, input, length, batch);
  progress->written = ehlo_client_output(client, out, capacity);
  progress->wants = ehlo_client_wants(client);
  progress->facts = ehlo_client_facts(client);
  progress->timeout = ehlo_client_timeout(client);
}
