// The C API: envelopes, client configurations and client sessions.
#include <algorithm>

#include "client/client.h"
#include "client/commands.h"
#include "internal.h"

using namespace ehlo;

namespace {

Client* core(ehlo_client* client) noexcept { return reinterpret_cast<Client*>(client); }
const Client* core(const ehlo_client* client) noexcept { return reinterpret_cast<const Client*>(client); }
ClientSession& session(ehlo_client* client) noexcept { return core(client)->session(); }
const ClientSession& session(const ehlo_client* client) noexcept { return core(client)->session(); }

// With more parameters than a command may have, they are not read at all.
bool are_params(const ehlo_param_text* given, size_t count) noexcept {
  if (count > EHLO_PARAMS_MAX || !capi::is_there(given, count)) return false;
  return std::all_of(given, given + count, [](const ehlo_param_text& param) {
    return capi::is_text(param.keyword, param.keyword_length) &&
           (param.value == nullptr || param.value_length <= capi::kMostText);
  });
}

}  // namespace

void ehlo_envelope_options_init(ehlo_envelope_options* options, size_t size) {
  capi::init_options(options, size, EnvelopeOptions{});
}

ehlo_envelope* ehlo_envelope_new(const ehlo_envelope_options* options, const ehlo_allocator* allocator,
                                 int32_t* error) {
  EnvelopeOptions own{};
  Error reason = EHLO_E_ARGUMENT;
  Envelope* envelope = nullptr;
  if (capi::is_allocator(allocator) && capi::copy_options(options, own) &&
      capi::is_text(own.sender, own.sender_length) && are_params(own.params, own.param_count))
    envelope = Envelope::create(own, capi::allocator_of(allocator), reason);
  if (error != nullptr) *error = reason;
  return reinterpret_cast<ehlo_envelope*>(envelope);
}

void ehlo_envelope_free(ehlo_envelope* envelope) { Envelope::drop(reinterpret_cast<Envelope*>(envelope)); }

int32_t ehlo_envelope_add(ehlo_envelope* envelope, const char* recipient, size_t length, const ehlo_param_text* given,
                          size_t param_count) {
  if (envelope == nullptr || !capi::is_text(recipient, length) || !are_params(given, param_count))
    return EHLO_E_ARGUMENT;
  return reinterpret_cast<Envelope*>(envelope)->add(capi::bytes(recipient, length), given, param_count);
}

uint32_t ehlo_envelope_count(const ehlo_envelope* envelope) {
  return envelope == nullptr ? 0 : reinterpret_cast<const Envelope*>(envelope)->count();
}

void ehlo_client_options_init(ehlo_client_options* options, size_t size) {
  capi::init_options(options, size, default_client_options());
}

ehlo_client_config* ehlo_client_config_new(const ehlo_client_options* options, const ehlo_allocator* allocator,
                                           int32_t* error) {
  ClientOptions own = default_client_options();
  Error reason = EHLO_E_ARGUMENT;
  ClientConfig* config = nullptr;
  if (capi::is_allocator(allocator) && capi::copy_options(options, own))
    config = ClientConfig::create(own, capi::allocator_of(allocator), reason);
  if (error != nullptr) *error = reason;
  return reinterpret_cast<ehlo_client_config*>(config);
}

const char* ehlo_client_options_check(const ehlo_client_options* options) {
  ClientOptions own = default_client_options();
  return capi::copy_options(options, own) ? wrong_option(own) : "struct_size";
}

void ehlo_client_config_free(ehlo_client_config* config) {
  ClientConfig::drop(reinterpret_cast<ClientConfig*>(config));
}

size_t ehlo_client_config_max_reply(const ehlo_client_config* config) {
  return config == nullptr ? 0 : reinterpret_cast<const ClientConfig*>(config)->options().replies.octets;
}

const char* ehlo_client_event_name(uint32_t type) { return client_event_name(type); }

ehlo_client* ehlo_client_new(const ehlo_client_config* config, const ehlo_allocator* allocator) {
  if (config == nullptr || !capi::is_allocator(allocator)) return nullptr;
  return reinterpret_cast<ehlo_client*>(
      Client::create(*reinterpret_cast<const ClientConfig*>(config), capi::allocator_of(allocator)));
}

void ehlo_client_free(ehlo_client* client) { Client::destroy(core(client)); }

size_t ehlo_client_receive(ehlo_client* client, const void* input, size_t length, ehlo_client_batch* batch) {
  if (batch == nullptr) return 0;
  if (client == nullptr || !capi::is_there(input, length) || !capi::is_there(batch->events, batch->event_cap)) {
    batch->event_count = 0;
    batch->error = EHLO_E_ARGUMENT;
    return 0;
  }
  const size_t shown = length < capi::kMostInput ? length : capi::kMostInput;
  return core(client)->receive(capi::bytes(input, shown), *batch);
}

size_t ehlo_client_output(ehlo_client* client, void* out, size_t capacity) {
  if (client == nullptr || !capi::is_there(out, capacity)) return 0;
  return take_output(session(client), static_cast<Octet*>(out), capacity);
}

uint32_t ehlo_client_wants(const ehlo_client* client) {
  return client == nullptr ? std::uint32_t{EHLO_WANT_CLOSE} : core(client)->wants();
}

int32_t ehlo_client_open(ehlo_client* client) {
  return client == nullptr ? EHLO_E_ARGUMENT : open_session(session(client));
}

int32_t ehlo_client_transact(ehlo_client* client, const ehlo_envelope* envelope) {
  if (client == nullptr || envelope == nullptr) return EHLO_E_ARGUMENT;
  return transact(session(client), *reinterpret_cast<const Envelope*>(envelope));
}

uint32_t ehlo_client_transaction(const ehlo_client* client) {
  return client == nullptr ? 0 : session(client).transactions.last_number();
}

uint64_t ehlo_client_lacks(const ehlo_client* client) {
  return client == nullptr ? 0 : session(client).not_offered.extensions();
}

const char* ehlo_client_lacks_keyword(const ehlo_client* client, size_t* length) {
  const Bytes keyword = client == nullptr ? Bytes{} : session(client).not_offered.keyword();
  if (length != nullptr) *length = keyword.size;
  return keyword.empty() ? nullptr : reinterpret_cast<const char*>(keyword.data);
}

int32_t ehlo_client_hello(ehlo_client* client, uint32_t verb) {
  return client == nullptr ? EHLO_E_ARGUMENT : send_hello(session(client), verb);
}

int32_t ehlo_client_starttls(ehlo_client* client) {
  return client == nullptr ? EHLO_E_ARGUMENT : send_starttls(session(client));
}

int32_t ehlo_client_mail(ehlo_client* client, const char* sender, size_t length, const ehlo_param_text* given,
                         size_t param_count) {
  if (client == nullptr || !capi::is_text(sender, length) || !are_params(given, param_count)) return EHLO_E_ARGUMENT;
  return send_mail(session(client), capi::bytes(sender, length), given, param_count);
}

int32_t ehlo_client_rcpt(ehlo_client* client, const char* recipient, size_t length, const ehlo_param_text* given,
                         size_t param_count) {
  if (client == nullptr || !capi::is_text(recipient, length) || !are_params(given, param_count)) return EHLO_E_ARGUMENT;
  return send_rcpt(session(client), capi::bytes(recipient, length), given, param_count);
}

int32_t ehlo_client_data(ehlo_client* client) {
  return client == nullptr ? EHLO_E_ARGUMENT : send_data(session(client));
}

int32_t ehlo_client_bdat(ehlo_client* client, const void* content, size_t length, int32_t last, size_t* error_offset) {
  std::size_t at = 0;
  Error error = EHLO_E_ARGUMENT;
  if (client != nullptr && capi::is_there(content, length))
    error = send_bdat(session(client), capi::bytes(content, length), last != 0, at);
  if (error_offset != nullptr) *error_offset = at;
  return error;
}

int32_t ehlo_client_rset(ehlo_client* client) {
  return client == nullptr ? EHLO_E_ARGUMENT : send_reset(session(client));
}

int32_t ehlo_client_command(ehlo_client* client, const char* verb, size_t verb_length, const char* text, size_t length,
                            uint32_t flags) {
  if (client == nullptr || !capi::is_text(verb, verb_length) || !capi::is_text(text, length)) return EHLO_E_ARGUMENT;
  return send_plain(session(client), capi::bytes(verb, verb_length), capi::bytes(text, length), flags);
}

int32_t ehlo_client_quit(ehlo_client* client) {
  return client == nullptr ? EHLO_E_ARGUMENT : send_quit(session(client));
}

int32_t ehlo_client_auth(ehlo_client* client, const char* mechanism, size_t length, const void* response,
                         size_t response_length) {
  if (client == nullptr || !capi::is_text(mechanism, length)) return EHLO_E_ARGUMENT;
  const Bytes octets = capi::bytes(response, response == nullptr ? 0 : response_length);
  if (octets.size > capi::kMostText) return EHLO_E_ARGUMENT;
  return send_auth(session(client), capi::bytes(mechanism, length), octets, response != nullptr);
}

int32_t ehlo_client_auth_respond(ehlo_client* client, const void* response, size_t length) {
  if (client == nullptr || !capi::is_text(response, length)) return EHLO_E_ARGUMENT;
  return send_auth_response(session(client), capi::bytes(response, length));
}

int32_t ehlo_client_auth_cancel(ehlo_client* client) {
  return client == nullptr ? EHLO_E_ARGUMENT : send_auth_cancel(session(client));
}

int32_t ehlo_client_body(ehlo_client* client, const void* content, size_t length, int32_t last, ehlo_span* spans,
                         uint32_t span_cap, uint32_t* span_count, size_t* consumed) {
  if (span_count != nullptr) *span_count = 0;
  if (consumed != nullptr) *consumed = 0;
  if (client == nullptr || span_count == nullptr || consumed == nullptr || !capi::is_there(content, length) ||
      !capi::is_there(spans, span_cap))
    return EHLO_E_ARGUMENT;
  SpanList list{spans, span_cap, 0};
  const size_t shown = length < capi::kMostInput ? length : capi::kMostInput;
  const bool ends = last != 0 && shown == length;
  const Error error = give_body(session(client), capi::bytes(content, shown), ends, list, *consumed);
  *span_count = list.count;
  return error;
}

int32_t ehlo_client_body_copy(ehlo_client* client, const void* content, size_t length, int32_t last, void* out,
                              size_t capacity, size_t* written, size_t* consumed) {
  if (written != nullptr) *written = 0;
  if (consumed != nullptr) *consumed = 0;
  if (client == nullptr || written == nullptr || consumed == nullptr || !capi::is_there(content, length) ||
      !capi::is_there(out, capacity))
    return EHLO_E_ARGUMENT;
  const size_t shown = length < capi::kMostInput ? length : capi::kMostInput;
  const bool ends = last != 0 && shown == length;
  return copy_body(session(client), capi::bytes(content, shown), ends, static_cast<Octet*>(out), capacity, *written,
                   *consumed);
}

int32_t ehlo_client_abort_data(ehlo_client* client) {
  return client == nullptr ? EHLO_E_ARGUMENT : send_lone_dot(session(client));
}

int32_t ehlo_client_tls_started(ehlo_client* client) {
  return client == nullptr ? EHLO_E_ARGUMENT : core(client)->tls_started();
}

int32_t ehlo_client_tls_failed(ehlo_client* client) {
  return client == nullptr ? EHLO_E_ARGUMENT : core(client)->tls_failed();
}

void ehlo_client_eof(ehlo_client* client) {
  if (client != nullptr) core(client)->eof();
}

void ehlo_client_timed_out(ehlo_client* client) {
  if (client != nullptr) core(client)->timed_out();
}

void ehlo_client_abort(ehlo_client* client) {
  if (client != nullptr) core(client)->abort();
}

ehlo_timeout ehlo_client_timeout(const ehlo_client* client) {
  if (client == nullptr) return {EHLO_TIMEOUT_NONE, 0};
  return core(client)->timeout();
}

uint32_t ehlo_client_facts(const ehlo_client* client) { return client == nullptr ? 0 : core(client)->facts(); }

uint32_t ehlo_client_outstanding(const ehlo_client* client) {
  return client == nullptr ? 0 : session(client).pipeline.awaited().total();
}

uint64_t ehlo_client_extensions(const ehlo_client* client) {
  return client == nullptr ? 0 : session(client).announced.capabilities().usable;
}

int32_t ehlo_client_size_limit(const ehlo_client* client, uint64_t* octets) {
  if (octets != nullptr) *octets = 0;
  if (client == nullptr || octets == nullptr) return 0;
  const Capabilities& capabilities = session(client).announced.capabilities();
  *octets = capabilities.has_size_limit ? capabilities.size_limit : 0;
  return capabilities.has_size_limit ? 1 : 0;
}

const char* ehlo_client_hello_reply(const ehlo_client* client, size_t* length) {
  if (length != nullptr) *length = 0;
  if (client == nullptr || length == nullptr) return nullptr;
  const Bytes reply = session(client).announced.reply();
  *length = reply.size;
  return reply.empty() ? nullptr : reinterpret_cast<const char*>(reply.data);
}

int32_t ehlo_client_offers(const ehlo_client* client, const char* keyword, size_t length, ehlo_span* arguments) {
  if (arguments != nullptr) *arguments = kAbsent;
  if (client == nullptr || !capi::is_text(keyword, length)) return EHLO_E_ARGUMENT;
  Span found;
  const bool offered = session(client).announced.find(capi::bytes(keyword, length), found);
  if (arguments != nullptr) *arguments = found;
  return offered ? 1 : 0;
}

int32_t ehlo_client_release(ehlo_client* client) {
  return client == nullptr ? EHLO_E_ARGUMENT : core(client)->release();
}
