// Client sessions.
#include <map>
#include <memory>

#include "call.h"
#include "outbox.h"

namespace testee {
namespace {

struct Freed {
  void operator()(ehlo_client_config* config) const { ehlo_client_config_free(config); }
  void operator()(ehlo_client* client) const { ehlo_client_free(client); }
};

struct Session {
  std::unique_ptr<ehlo_client_config, Freed> config;
  std::unique_ptr<ehlo_client, Freed> client;
  std::vector<ehlo_client_event> events;
  std::string inbox;
};

std::map<std::uint64_t, Session>& sessions() {
  static std::map<std::uint64_t, Session> all;
  return all;
}

void client(const Call& call, JsonText& out) {
  ehlo_client_options options;
  ehlo_client_options_init(&options, sizeof options);
  const std::string hostname = call.octets("hostname");
  options.hostname = hostname.c_str();
  const auto set = [&call](const char* name, std::uint32_t& field) { field = call.number32(name, field); };
  set("protocol", options.protocol);
  set("flags", options.flags);
  set("data_endings", options.data_endings);
  set("max_recipients", options.max_recipients);
  set("max_auth_challenges", options.max_auth_challenges);
  set("max_auth_line_octets", options.max_auth_line_octets);
  set("command_octets", options.command_octets);
  if (const Json* limits = call.find("replies")) options.replies = reply_limits_of(Call(*limits, {}));
  Session session;
  std::int32_t error = EHLO_OK;
  session.config.reset(ehlo_client_config_new(&options, &kMemory, &error));
  if (session.config == nullptr) return write_error(out, error);
  session.client.reset(ehlo_client_new(session.config.get(), &kMemory));
  require(session.client != nullptr, "ehlo_client_new gives no session");
  session.events.resize(call.number("events", 32));
  const std::uint64_t number = next_session();
  sessions().emplace(number, std::move(session));
  out.field("session", number);
}

bool waits_for_answer(const ehlo_client_event& event) {
  return event.type == EHLO_CLIENT_EVENT_CHALLENGE && event.error == EHLO_OK && (event.flags & EHLO_FLAG_ANSWERED) == 0;
}

void write_event(JsonText& out, std::string_view base, const ehlo_client_event& event) {
  out.open('{');
  out.field("type", ehlo_client_event_name(event.type));
  if (event.verb != EHLO_VERB_UNKNOWN) out.field("verb", ehlo_verb_name(event.verb));
  out.field("code", event.code);
  if (EHLO_ENHANCED_CLASS(event.enhanced) != 0) out.field("enhanced", enhanced_text(event.enhanced));
  out.field("transaction", event.transaction);
  out.field("index", event.index);
  out.field("verdict", event.verdict);
  out.field("scope", event.scope);
  out.field("flags", event.flags);
  if (event.error != EHLO_OK) out.field("error", ehlo_error_name(event.error));
  out.field("number", event.number);
  out.field("reply", part(base, event.reply));
  out.field("text", part(base, event.text));
  out.close('}');
}

// The calls of `do`, [name, arguments...]: each gives an ehlo_rc.
class Deed {
 public:
  Deed(ehlo_client* client, const Json& what) : client_(client), what_(what) {}

  std::int32_t run() {
    const std::string& name = what_.at(0).get_ref<const std::string&>();
    if (name == "hello") return ehlo_client_hello(client_, verb_of(text(1)));
    if (name == "starttls") return ehlo_client_starttls(client_);
    if (name == "auth") return authenticate();
    if (name == "respond") return respond();
    if (name == "cancel") return ehlo_client_auth_cancel(client_);
    if (name == "mail") return envelope(ehlo_client_mail);
    if (name == "rcpt") return envelope(ehlo_client_rcpt);
    if (name == "data") return ehlo_client_data(client_);
    if (name == "bdat") return chunk();
    if (name == "rset") return ehlo_client_rset(client_);
    if (name == "vrfy") return query();
    if (name == "quit") return ehlo_client_quit(client_);
    if (name == "abort-data") return ehlo_client_abort_data(client_);
    if (name == "body") return body();
    throw Fault("no call " + name);
  }
  // What goes out after the output.
  const std::string& sent() const { return sent_; }

 private:
  std::string text(std::size_t argument) const { return Call::octets_of(what_.at(argument)); }
  bool is_given(std::size_t argument) const { return argument < what_.size() && !what_[argument].is_null(); }

  std::int32_t authenticate() {
    const std::string mechanism = text(1), response = is_given(2) ? text(2) : "";
    return ehlo_client_auth(client_, mechanism.data(), mechanism.size(), is_given(2) ? response.data() : nullptr,
                            response.size());
  }
  std::int32_t respond() {
    const std::string response = text(1);
    return ehlo_client_auth_respond(client_, response.data(), response.size());
  }
  std::int32_t query() {
    const std::string argument = text(1);
    return ehlo_client_command(client_, "VRFY", 4, argument.data(), argument.size(), 0);
  }
  template <class Write>
  std::int32_t envelope(Write write) {
    const std::string address = text(1);
    std::vector<std::string> texts;
    std::vector<ehlo_param_text> params;
    if (is_given(2)) {
      texts.reserve(2 * what_[2].size());  // the parameters point to them
      for (const Json& pair : what_[2]) {
        const std::string& keyword = texts.emplace_back(Call::octets_of(pair.at(0)));
        params.push_back({keyword.data(), keyword.size(), nullptr, 0});
        if (pair.at(1).is_null()) continue;
        const std::string& value = texts.emplace_back(Call::octets_of(pair[1]));
        params.back().value = value.data();
        params.back().value_length = value.size();
      }
    }
    return write(client_, address.data(), address.size(), params.data(), params.size());
  }
  std::int32_t chunk() {
    const GuardedBytes content(text(1));
    const std::int32_t error =
        ehlo_client_bdat(client_, content.data(), content.size(), what_.at(2).get<bool>(), nullptr);
    if (error == EHLO_OK) sent_ = content.view();
    return error;
  }

  // Until all is consumed. With little room the end may need a call of its own.
  std::int32_t body() {
    const std::string content = text(1);
    const bool last = what_.at(2), copied = is_given(4) && what_[4].get<bool>();
    const std::size_t room = what_.at(3);
    const std::uint32_t outstanding = ehlo_client_outstanding(client_);
    std::string_view rest = content;
    do {
      const std::size_t sent = sent_.size();
      std::size_t consumed = 0;
      const std::int32_t error = copied ? copy(rest, last, room, consumed) : give(rest, last, room, consumed);
      if (error != EHLO_OK) return error;
      require(consumed <= rest.size(), "more was consumed than given");
      rest.remove_prefix(consumed);
      const bool over = rest.empty() && (!last || ehlo_client_outstanding(client_) != outstanding);
      require(over || consumed != 0 || sent_.size() != sent, "the content is not consumed");
      if (over) return EHLO_OK;
    } while (true);
  }
  std::int32_t copy(std::string_view content, bool last, std::size_t room, std::size_t& consumed) {
    const GuardedBytes& input = shown(content);
    std::string to(room, '\0');
    std::size_t written = 0;
    const std::int32_t error =
        ehlo_client_body_copy(client_, input.data(), input.size(), last, to.data(), room, &written, &consumed);
    require(written <= room, "more was written than there is room");
    sent_.append(to, 0, written);
    return error;
  }
  std::int32_t give(std::string_view content, bool last, std::size_t room, std::size_t& consumed) {
    const GuardedBytes& input = shown(content);
    std::vector<ehlo_span> spans(room);
    std::uint32_t count = 0;
    const std::int32_t error = ehlo_client_body(client_, input.data(), input.size(), last, spans.data(),
                                                static_cast<std::uint32_t>(room), &count, &consumed);
    require(count <= room, "more spans than there is room");
    for (std::uint32_t i = 0; i < count; ++i) {
      if (spans[i].off == EHLO_OFF_CRLF)
        sent_ += "\r\n";
      else if (spans[i].off == EHLO_OFF_END)
        sent_ += ".\r\n";
      else
        sent_ += part(input.view(), spans[i]).value();
    }
    return error;
  }

  ehlo_client* client_;
  const Json& what_;
  std::string sent_;
};

class Turn {
 public:
  Turn(Session& session, const Call& call, JsonText& out)
      : session_(session), client_(session.client.get()), call_(call), out_(out), outbox_(call.number("output")) {}

  void run() {
    if (const Json* name = call_.find("event")) event(name->get_ref<const std::string&>());
    if (const Json* what = call_.find("do")) {
      Deed deed(client_, *what);
      const std::int32_t error = deed.run();
      if (error != EHLO_OK) out_.field("do_error", ehlo_error_name(error));
      if (!deed.sent().empty()) out_.field("sent", deed.sent());
    }
    out_.key("events");
    out_.open('[');
    const std::uint64_t pieces = add_pieces();
    out_.close(']');
    take_output();
    out_.field("output", outbox_.taken());
    out_.field("pieces", pieces);
    out_.field("kept", session_.inbox.size());
    out_.field("receives", receives_);
    out_.field("wants", ehlo_client_wants(client_));
    out_.field("outstanding", ehlo_client_outstanding(client_));
    out_.field("facts", ehlo_client_facts(client_));
    if (call_.flag("hello_reply")) hello_reply();
  }

 private:
  void event(std::string_view name) {
    std::int32_t error = EHLO_OK;
    if (name == "tls")
      error = ehlo_client_tls_started(client_);
    else if (name == "tls-failed")
      error = ehlo_client_tls_failed(client_);
    else if (name == "eof")
      ehlo_client_eof(client_);
    else
      throw Fault("no event " + std::string(name));
    if (error != EHLO_OK) out_.field("event_error", ehlo_error_name(error));
  }

  std::uint64_t add_pieces() {
    std::uint64_t added = 0;
    const Json* pieces = call_.find("pieces");
    if (pieces == nullptr) return added;
    for (const Json& piece : *pieces) {
      if (waits_ && call_.flag("stop")) break;
      call_.add_piece(piece, session_.inbox);
      ++added;
      do receive();
      while ((ehlo_client_wants(client_) & EHLO_WANT_EVENTS) != 0);
    }
    return added;
  }

  void receive() {
    const GuardedBytes& input = shown(session_.inbox);
    const auto room = static_cast<std::uint32_t>(session_.events.size());
    ehlo_client_batch batch{session_.events.data(), sizeof session_.events[0], room, 0, 0};
    ++receives_;
    const std::size_t consumed = ehlo_client_receive(client_, input.data(), input.size(), &batch);
    require(batch.error == EHLO_OK && batch.event_count <= room && consumed <= input.size(), "a bad batch");
    for (std::uint32_t i = 0; i < batch.event_count; ++i) {
      waits_ = waits_ || waits_for_answer(batch.events[i]);
      write_event(out_, input.view(), batch.events[i]);
    }
    session_.inbox.erase(0, consumed);
    take_output();
  }

  void take_output() {
    outbox_.take([&](char* to, std::size_t room) { return ehlo_client_output(client_, to, room); },
                 [&] { return (ehlo_client_wants(client_) & EHLO_WANT_OUTPUT) != 0; });
  }

  void hello_reply() {
    std::size_t length = 0;
    if (const char* reply = ehlo_client_hello_reply(client_, &length))
      out_.field("hello_reply", std::string_view(reply, length));
  }

  Session& session_;
  ehlo_client* client_;
  const Call& call_;
  JsonText& out_;
  Outbox outbox_;
  bool waits_ = false;
  std::size_t receives_ = 0;
};

void client_turn(const Call& call, JsonText& out) {
  const auto found = sessions().find(call.number("session"));
  require(found != sessions().end(), "no such session");
  Turn(found->second, call, out).run();
}

}  // namespace

bool close_client(std::uint64_t session) { return sessions().erase(session) != 0; }

const std::vector<Row> kClientCalls = {{"client", client}, {"client_turn", client_turn}};

}  // namespace testee
