// The C API: envelopes, client configurations and client sessions.
#include "client_layout.h"

using namespace ehlo;

namespace {

Client* session(ehlo_client* client) noexcept { return reinterpret_cast<Client*>(client); }
const Client* session(const ehlo_client* client) noexcept { return reinterpret_cast<const Client*>(client); }
const ParamText* params(const ehlo_param_text* given) noexcept { return reinterpret_cast<const ParamText*>(given); }

}  // namespace

void ehlo_envelope_options_init(ehlo_envelope_options* options, size_t size) {
  std::memset(options, 0, size);
  options->struct_size = size;
}

ehlo_envelope* ehlo_envelope_new(const ehlo_envelope_options* options, const ehlo_allocator* allocator,
                                 int32_t* error) {
  EnvelopeOptions own{};
  Error reason = Error::argument;
  Envelope* envelope = nullptr;
  if (capi::copy_options(options, options->struct_size, own))
    envelope = Envelope::create(own, capi::allocator_of(allocator), reason);
  if (error != nullptr) *error = capi::rc(reason);
  return reinterpret_cast<ehlo_envelope*>(envelope);
}

void ehlo_envelope_free(ehlo_envelope* envelope) { Envelope::destroy(reinterpret_cast<Envelope*>(envelope)); }

int32_t ehlo_envelope_add(ehlo_envelope* envelope, const char* recipient, size_t length, const ehlo_param_text* given,
                          size_t param_count) {
  return capi::rc(
      reinterpret_cast<Envelope*>(envelope)->add(capi::bytes(recipient, length), params(given), param_count));
}

uint32_t ehlo_envelope_count(const ehlo_envelope* envelope) {
  return reinterpret_cast<const Envelope*>(envelope)->count();
}

void ehlo_client_options_init(ehlo_client_options* options, size_t size) {
  ClientOptions defaults = default_client_options();
  std::memset(options, 0, size);
  defaults.struct_size = size;
  std::memcpy(options, &defaults, size < sizeof defaults ? size : sizeof defaults);
}

ehlo_client_config* ehlo_client_config_new(const ehlo_client_options* options, const ehlo_allocator* allocator,
                                           int32_t* error) {
  ClientOptions own = default_client_options();
  Error reason = Error::argument;
  ClientConfig* config = nullptr;
  if (capi::copy_options(options, options->struct_size, own))
    config = ClientConfig::create(own, capi::allocator_of(allocator), reason);
  if (error != nullptr) *error = capi::rc(reason);
  return reinterpret_cast<ehlo_client_config*>(config);
}

const char* ehlo_client_options_check(const ehlo_client_options* options) {
  ClientOptions own = default_client_options();
  return capi::copy_options(options, options->struct_size, own) ? wrong_option(own) : "struct_size";
}

void ehlo_client_config_free(ehlo_client_config* config) {
  ClientConfig::destroy(reinterpret_cast<ClientConfig*>(config));
}

size_t ehlo_client_config_max_reply(const ehlo_client_config* config) {
  return reinterpret_cast<const ClientConfig*>(config)->options().replies.octets;
}

const char* ehlo_client_event_name(uint32_t type) { return client_event_name(static_cast<ClientEventType>(type)); }

ehlo_client* ehlo_client_new(const ehlo_client_config* config, const ehlo_allocator* allocator) {
  return reinterpret_cast<ehlo_client*>(
      Client::create(*reinterpret_cast<const ClientConfig*>(config), capi::allocator_of(allocator)));
}

void ehlo_client_free(ehlo_client* client) { Client::destroy(session(client)); }

size_t ehlo_client_receive(ehlo_client* client, const void* input, size_t length, ehlo_client_batch* batch) {
  return session(client)->receive(capi::bytes(input, length), *reinterpret_cast<ClientBatch*>(batch));
}

size_t ehlo_client_output(ehlo_client* client, void* out, size_t capacity) {
  return session(client)->output(static_cast<Octet*>(out), capacity);
}

uint32_t ehlo_client_wants(const ehlo_client* client) { return session(client)->wants(); }

int32_t ehlo_client_open(ehlo_client* client) { return capi::rc(session(client)->open()); }

int32_t ehlo_client_submit(ehlo_client* client, const ehlo_envelope* envelope) {
  return capi::rc(session(client)->submit(*reinterpret_cast<const Envelope*>(envelope)));
}

uint32_t ehlo_client_transaction(const ehlo_client* client) { return session(client)->last_transaction(); }

uint64_t ehlo_client_lacks(const ehlo_client* client) { return session(client)->lacks(); }

const char* ehlo_client_lacks_keyword(const ehlo_client* client, size_t* length) {
  const Bytes keyword = session(client)->lacks_keyword();
  *length = keyword.size;
  return keyword.empty() ? nullptr : reinterpret_cast<const char*>(keyword.data);
}

int32_t ehlo_client_hello(ehlo_client* client, uint32_t verb) {
  return capi::rc(session(client)->hello(static_cast<Verb>(verb)));
}

int32_t ehlo_client_starttls(ehlo_client* client) { return capi::rc(session(client)->starttls()); }

int32_t ehlo_client_mail(ehlo_client* client, const char* sender, size_t length, const ehlo_param_text* given,
                         size_t param_count) {
  return capi::rc(session(client)->mail(capi::bytes(sender, length), params(given), param_count));
}

int32_t ehlo_client_rcpt(ehlo_client* client, const char* recipient, size_t length, const ehlo_param_text* given,
                         size_t param_count) {
  return capi::rc(session(client)->rcpt(capi::bytes(recipient, length), params(given), param_count));
}

int32_t ehlo_client_data(ehlo_client* client) { return capi::rc(session(client)->data()); }

int32_t ehlo_client_bdat(ehlo_client* client, uint64_t octets, int32_t last) {
  return capi::rc(session(client)->bdat(octets, last != 0));
}

int32_t ehlo_client_rset(ehlo_client* client) { return capi::rc(session(client)->reset()); }

int32_t ehlo_client_query(ehlo_client* client, uint32_t verb, const char* text, size_t length, int32_t smtputf8) {
  return capi::rc(session(client)->query(static_cast<Verb>(verb), capi::bytes(text, length), smtputf8 != 0));
}

int32_t ehlo_client_command(ehlo_client* client, const char* verb, size_t verb_length, const char* text,
                            size_t length) {
  return capi::rc(session(client)->command(capi::bytes(verb, verb_length), capi::bytes(text, length)));
}

int32_t ehlo_client_quit(ehlo_client* client) { return capi::rc(session(client)->quit()); }

int32_t ehlo_client_auth(ehlo_client* client, const char* mechanism, size_t length, const void* response,
                         size_t response_length) {
  const Bytes octets = capi::bytes(response, response == nullptr ? 0 : response_length);
  return capi::rc(session(client)->auth(capi::bytes(mechanism, length), octets, response != nullptr));
}

int32_t ehlo_client_auth_respond(ehlo_client* client, const void* response, size_t length) {
  return capi::rc(session(client)->auth_respond(capi::bytes(response, length)));
}

int32_t ehlo_client_auth_cancel(ehlo_client* client) { return capi::rc(session(client)->auth_cancel()); }

int32_t ehlo_client_body(ehlo_client* client, const void* content, size_t length, int32_t last, ehlo_span* spans,
                         uint32_t span_cap, uint32_t* span_count, size_t* consumed) {
  SpanList list{reinterpret_cast<Span*>(spans), span_cap, 0};
  const Error error = session(client)->body(capi::bytes(content, length), last != 0, list, *consumed);
  *span_count = list.count;
  return capi::rc(error);
}

int32_t ehlo_client_body_copy(ehlo_client* client, const void* content, size_t length, int32_t last, void* out,
                              size_t capacity, size_t* written, size_t* consumed) {
  return capi::rc(session(client)->body_copy(capi::bytes(content, length), last != 0, static_cast<Octet*>(out),
                                             capacity, *written, *consumed));
}

int32_t ehlo_client_abort_data(ehlo_client* client) { return capi::rc(session(client)->abort_data()); }

int32_t ehlo_client_tls_started(ehlo_client* client) { return capi::rc(session(client)->tls_started()); }

int32_t ehlo_client_tls_failed(ehlo_client* client) { return capi::rc(session(client)->tls_failed()); }

void ehlo_client_eof(ehlo_client* client) { session(client)->eof(); }

void ehlo_client_timed_out(ehlo_client* client) { session(client)->timed_out(); }

void ehlo_client_abort(ehlo_client* client) { session(client)->abort(); }

ehlo_timeout ehlo_client_timeout(const ehlo_client* client) {
  const ClientTimeout timeout = session(client)->timeout();
  return {static_cast<uint32_t>(timeout.kind), timeout.seconds};
}

uint32_t ehlo_client_facts(const ehlo_client* client) { return session(client)->facts(); }

uint32_t ehlo_client_outstanding(const ehlo_client* client) { return session(client)->outstanding(); }

uint64_t ehlo_client_extensions(const ehlo_client* client) { return session(client)->capabilities().usable; }

int32_t ehlo_client_size_limit(const ehlo_client* client, uint64_t* octets) {
  const Capabilities& capabilities = session(client)->capabilities();
  *octets = capabilities.has_size_limit ? capabilities.size_limit : 0;
  return capabilities.has_size_limit ? 1 : 0;
}

const char* ehlo_client_hello_reply(const ehlo_client* client, size_t* length) {
  const Bytes reply = session(client)->hello_reply();
  *length = reply.size;
  return reply.empty() ? nullptr : reinterpret_cast<const char*>(reply.data);
}

int32_t ehlo_client_release(ehlo_client* client) { return capi::rc(session(client)->release()); }
