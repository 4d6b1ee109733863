// The calls of a program to a client session of the core as methods, by the names that the C API gives them.
#pragma once

#include "client/client.h"
#include "client/commands.h"

namespace support {

class ClientCalls {
 public:
  explicit ClientCalls(ehlo::Client* client) : client_(*client) {}
  const ClientCalls* operator->() const { return this; }

  std::size_t receive(ehlo::Bytes input, ehlo::ClientBatch& batch) const { return client_.receive(input, batch); }
  std::size_t output(ehlo::Octet* out, std::size_t capacity) const {
    return ehlo::take_output(session(), out, capacity);
  }

  ehlo::Error open() const { return ehlo::open_session(session()); }
  ehlo::Error transact(const ehlo::Envelope& envelope) const { return ehlo::transact(session(), envelope); }

  ehlo::Error hello(ehlo::Verb verb) const { return ehlo::send_hello(session(), verb); }
  ehlo::Error starttls() const { return ehlo::send_starttls(session()); }
  ehlo::Error auth(ehlo::Bytes mechanism, ehlo::Bytes response, bool has_response) const {
    return ehlo::send_auth(session(), mechanism, response, has_response);
  }
  ehlo::Error auth_respond(ehlo::Bytes response) const { return ehlo::send_auth_response(session(), response); }
  ehlo::Error auth_cancel() const { return ehlo::send_auth_cancel(session()); }
  ehlo::Error mail(ehlo::Bytes sender, const ehlo::ParamText* params, std::size_t param_count) const {
    return ehlo::send_mail(session(), sender, params, param_count);
  }
  ehlo::Error rcpt(ehlo::Bytes recipient, const ehlo::ParamText* params, std::size_t param_count) const {
    return ehlo::send_rcpt(session(), recipient, params, param_count);
  }
  ehlo::Error data() const { return ehlo::send_data(session()); }
  ehlo::Error bdat(ehlo::Bytes content, bool last, std::size_t& at) const {
    return ehlo::send_bdat(session(), content, last, at);
  }
  ehlo::Error reset() const { return ehlo::send_reset(session()); }
  ehlo::Error command(ehlo::Bytes verb, ehlo::Bytes text, std::uint32_t flags) const {
    return ehlo::send_plain(session(), verb, text, flags);
  }
  ehlo::Error quit() const { return ehlo::send_quit(session()); }
  ehlo::Error body(ehlo::Bytes content, bool last, ehlo::SpanList& spans, std::size_t& consumed) const {
    return ehlo::give_body(session(), content, last, spans, consumed);
  }
  ehlo::Error body_copy(ehlo::Bytes content, bool last, ehlo::Octet* out, std::size_t capacity, std::size_t& written,
                        std::size_t& consumed) const {
    return ehlo::copy_body(session(), content, last, out, capacity, written, consumed);
  }
  ehlo::Error abort_data() const { return ehlo::send_lone_dot(session()); }

  ehlo::Error tls_started() const { return client_.tls_started(); }
  ehlo::Error tls_failed() const { return client_.tls_failed(); }
  void eof() const { client_.eof(); }
  void timed_out() const { client_.timed_out(); }
  void abort() const { client_.abort(); }
  ehlo::Error release() const { return client_.release(); }

  std::uint32_t wants() const { return client_.wants(); }
  ehlo::Timeout timeout() const { return client_.timeout(); }
  std::uint32_t facts() const { return client_.facts(); }
  std::uint32_t outstanding() const { return session().pipeline.awaited().total(); }
  std::uint32_t last_transaction() const { return session().transactions.last_number(); }
  ehlo::ExtensionSet lacks() const { return session().not_offered.extensions(); }
  ehlo::Bytes lacks_keyword() const { return session().not_offered.keyword(); }
  const ehlo::Capabilities& capabilities() const { return session().announced.capabilities(); }
  ehlo::Bytes hello_reply() const { return session().announced.reply(); }
  bool offers(ehlo::Bytes keyword, ehlo::Span& arguments) const { return session().announced.find(keyword, arguments); }

 private:
  ehlo::ClientSession& session() const { return client_.session(); }

  ehlo::Client& client_;
};

}  // namespace support
