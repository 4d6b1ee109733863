// The C API: configurations and server sessions.
#include "internal.h"

using namespace ehlo;

namespace {

Server* session(ehlo_server* server) noexcept { return reinterpret_cast<Server*>(server); }
const Server* session(const ehlo_server* server) noexcept { return reinterpret_cast<const Server*>(server); }

bool is_batch(const ehlo_server_batch& batch) noexcept {
  return capi::is_there(batch.events, batch.event_cap) && capi::is_there(batch.spans, batch.span_cap);
}

Answer answer(uint32_t code, uint32_t enhanced, const char* text, size_t length) noexcept {
  return {code, enhanced, capi::bytes(text, text == nullptr ? 0 : length)};
}

}  // namespace

void ehlo_server_options_init(ehlo_server_options* options, size_t size) {
  capi::init_options(options, size, default_server_options());
}

const char* ehlo_server_options_check(const ehlo_server_options* options) {
  ServerOptions own = default_server_options();
  if (!capi::copy_options(options, own)) return "struct_size";
  return wrong_option(own);
}

ehlo_server_config* ehlo_server_config_new(const ehlo_server_options* options, const ehlo_allocator* allocator,
                                           int32_t* error) {
  ServerOptions own = default_server_options();
  Error reason = EHLO_E_ARGUMENT;
  Config* config = nullptr;
  if (capi::is_allocator(allocator) && capi::copy_options(options, own))
    config = Config::create(own, capi::allocator_of(allocator), reason);
  if (error != nullptr) *error = reason;
  return reinterpret_cast<ehlo_server_config*>(config);
}

void ehlo_server_config_free(ehlo_server_config* config) { Config::drop(reinterpret_cast<Config*>(config)); }

size_t ehlo_server_config_max_line(const ehlo_server_config* config) {
  return config == nullptr ? 0 : reinterpret_cast<const Config*>(config)->longest_line();
}

ehlo_server* ehlo_server_new(const ehlo_server_config* config, const ehlo_allocator* allocator) {
  if (config == nullptr || !capi::is_allocator(allocator)) return nullptr;
  return reinterpret_cast<ehlo_server*>(
      Server::create(*reinterpret_cast<const Config*>(config), capi::allocator_of(allocator)));
}

void ehlo_server_free(ehlo_server* server) { Server::destroy(session(server)); }

size_t ehlo_server_receive(ehlo_server* server, const void* input, size_t length, ehlo_server_batch* batch) {
  if (batch == nullptr) return 0;
  if (server == nullptr || !capi::is_there(input, length) || !is_batch(*batch)) {
    batch->event_count = batch->span_count = batch->param_count = 0;
    batch->error = EHLO_E_ARGUMENT;
    return 0;
  }
  return session(server)->receive(capi::bytes(input, length), *batch);
}

size_t ehlo_server_output(ehlo_server* server, void* out, size_t capacity) {
  if (server == nullptr || !capi::is_there(out, capacity)) return 0;
  return session(server)->output(static_cast<Octet*>(out), capacity);
}

int32_t ehlo_server_accept(ehlo_server* server, uint32_t id) {
  return server == nullptr ? EHLO_E_ARGUMENT : session(server)->accept(id);
}

int32_t ehlo_server_decline(ehlo_server* server, uint32_t id) {
  return server == nullptr ? EHLO_E_ARGUMENT : session(server)->decline(id);
}

int32_t ehlo_server_reply(ehlo_server* server, uint32_t id, uint32_t code, uint32_t enhanced, const char* text,
                          size_t text_length) {
  if (server == nullptr) return EHLO_E_ARGUMENT;
  return session(server)->reply(id, answer(code, enhanced, text, text_length));
}

int32_t ehlo_server_challenge(ehlo_server* server, uint32_t id, const void* challenge, size_t length) {
  if (server == nullptr || !capi::is_there(challenge, length)) return EHLO_E_ARGUMENT;
  return session(server)->challenge(id, capi::bytes(challenge, length));
}

int32_t ehlo_server_refuse_message(ehlo_server* server, uint32_t code, uint32_t enhanced, const char* text,
                                   size_t text_length) {
  if (server == nullptr) return EHLO_E_ARGUMENT;
  return session(server)->refuse_message(answer(code, enhanced, text, text_length));
}

uint32_t ehlo_server_wants(const ehlo_server* server) {
  return server == nullptr ? std::uint32_t{EHLO_WANT_CLOSE} : session(server)->wants();
}

int32_t ehlo_server_tls_started(ehlo_server* server) {
  return server == nullptr ? EHLO_E_ARGUMENT : session(server)->tls_started();
}

int32_t ehlo_server_tls_failed(ehlo_server* server) {
  return server == nullptr ? EHLO_E_ARGUMENT : session(server)->tls_failed();
}

void ehlo_server_eof(ehlo_server* server) {
  if (server != nullptr) session(server)->eof();
}

void ehlo_server_timed_out(ehlo_server* server) {
  if (server != nullptr) session(server)->timed_out();
}

int32_t ehlo_server_shutdown(ehlo_server* server, uint32_t enhanced, const char* text, size_t text_length) {
  if (server == nullptr) return EHLO_E_ARGUMENT;
  return session(server)->shutdown(answer(421, enhanced, text, text_length));
}

ehlo_timeout ehlo_server_timeout(const ehlo_server* server) {
  if (server == nullptr) return {EHLO_TIMEOUT_NONE, 0};
  return session(server)->timeout();
}

uint32_t ehlo_server_facts(const ehlo_server* server) { return server == nullptr ? 0 : session(server)->facts(); }

const char* ehlo_server_protocol_name(const ehlo_server* server) {
  return server == nullptr ? "" : session(server)->protocol_name();
}

int32_t ehlo_server_release(ehlo_server* server) {
  return server == nullptr ? EHLO_E_ARGUMENT : session(server)->release();
}
