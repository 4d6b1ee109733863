// Server sessions: what a program does with one in a turn of its loop.
#include <map>
#include <memory>

#include "call.h"
#include "outbox.h"

namespace testee {
namespace {

constexpr std::size_t kMostIdleRounds = 20000;

struct Freed {
  void operator()(ehlo_server_config* config) const { ehlo_server_config_free(config); }
  void operator()(ehlo_server* server) const { ehlo_server_free(server); }
};

struct Session {
  std::unique_ptr<ehlo_server_config, Freed> config;
  std::unique_ptr<ehlo_server, Freed> server;
  std::vector<ehlo_server_event> events;
  std::vector<ehlo_span> spans;
  std::vector<ehlo_param> params;
  std::size_t most_shown = SIZE_MAX;
  std::string inbox;
  std::size_t left = 0;  // of what the last receive was shown, not consumed
};

std::map<std::uint64_t, Session>& sessions() {
  static std::map<std::uint64_t, Session> all;
  return all;
}

struct Texts {
  std::string hostname, mechanisms;
  std::vector<std::pair<std::string, std::string>> lines;  // keyword and arguments
  std::vector<ehlo_keyword_line> rows;                     // of the same
};

void read_lines(const Json& lines, Texts& texts, ehlo_server_options& options) {
  for (const Json& one : lines) {
    const std::string line = Call::octets_of(one);
    const std::size_t end = std::min(line.find(' '), line.size());
    texts.lines.emplace_back(line.substr(0, end), line.substr(std::min(end + 1, line.size())));
  }
  for (const auto& [keyword, arguments] : texts.lines)
    texts.rows.push_back({keyword.c_str(), arguments.empty() ? nullptr : arguments.c_str()});
  options.lines = texts.rows.data();
  options.line_size = sizeof(ehlo_keyword_line);
  options.line_count = static_cast<std::uint32_t>(texts.rows.size());
}

ehlo_server_options options_of(const Call& call, Texts& texts) {
  ehlo_server_options options;
  ehlo_server_options_init(&options, sizeof options);
  texts.hostname = call.octets("hostname");
  options.hostname = texts.hostname.c_str();
  if (const Json* words = call.find("mechanisms")) {
    for (const Json& word : *words) texts.mechanisms += (texts.mechanisms.empty() ? "" : " ") + Call::octets_of(word);
    options.mechanisms = texts.mechanisms.c_str();
  }
  if (const Json* keywords = call.find("extensions")) options.extensions = extensions_of(*keywords);
  if (const Json* lines = call.find("lines")) read_lines(*lines, texts, options);
  const auto set = [&call](const char* name, auto& field) {
    field = static_cast<std::remove_reference_t<decltype(field)>>(call.number(name, field));
  };
  set("max_message_octets", options.max_message_octets);
  set("max_discard_octets", options.max_discard_octets);
  set("protocol", options.protocol);
  set("asks", options.asks);
  set("command_asks", options.command_asks);
  set("flags", options.flags);
  set("max_line_octets", options.max_line_octets);
  set("max_auth_line_octets", options.max_auth_line_octets);
  set("max_data_line_octets", options.max_data_line_octets);
  set("max_recipients", options.max_recipients);
  set("max_messages", options.max_messages);
  set("max_errors", options.max_errors);
  set("max_idle_commands", options.max_idle_commands);
  set("max_auth_attempts", options.max_auth_attempts);
  set("max_auth_challenges", options.max_auth_challenges);
  set("recipient_window", options.recipient_window);
  set("reply_queue", options.reply_queue);
  set("reply_text_octets", options.reply_text_octets);
  set("command_endings", options.command_endings);
  set("data_endings", options.data_endings);
  set("max_local_part_octets", options.max_local_part_octets);
  set("max_path_octets", options.max_path_octets);
  return options;
}

void server(const Call& call, JsonText& out) {
  Texts texts;
  const ehlo_server_options options = options_of(call, texts);
  Session session;
  std::int32_t error = EHLO_OK;
  session.config.reset(ehlo_server_config_new(&options, &kMemory, &error));
  if (session.config == nullptr) return write_error(out, error);
  session.server.reset(ehlo_server_new(session.config.get(), &kMemory));
  require(session.server != nullptr, "ehlo_server_new gives no session");
  session.events.resize(call.number("events", 64));
  session.spans.resize(call.number("spans", 256));
  session.params.resize(EHLO_PARAMS_MAX);
  const std::size_t max_line = ehlo_server_config_max_line(session.config.get());
  if (call.flag("smallest_buffer")) session.most_shown = max_line;
  const std::uint64_t number = next_session();
  sessions().emplace(number, std::move(session));
  out.field("session", number);
  out.field("max_line", max_line);
}

std::string body_of(std::string_view base, const ehlo_server_batch& batch, const ehlo_server_event& event) {
  require(event.body.count <= batch.span_count && event.body.first <= batch.span_count - event.body.count,
          "an event's body is not in the batch");
  std::string body;
  for (std::uint32_t i = 0; i < event.body.count; ++i) {
    const ehlo_span& span = batch.spans[event.body.first + i];
    if (span.off == EHLO_OFF_CRLF) {
      require(span.len == 2, "a CRLF of no buffer has another length than 2");
      body += "\r\n";
    } else {
      const auto octets = part(base, span);
      require(octets.has_value(), "an absent span in a body");
      body += *octets;
    }
  }
  return body;
}

void write_params(JsonText& out, std::string_view base, const ehlo_server_batch& batch,
                  const ehlo_server_event& event) {
  require(event.params.count <= batch.param_count && event.params.first <= batch.param_count - event.params.count,
          "an event's parameters are not in the batch");
  if (event.params.count == 0) return;
  out.key("params");
  out.open('[');
  for (std::uint32_t i = 0; i < event.params.count; ++i) {
    const ehlo_param& param = batch.params[event.params.first + i];
    write_param(out, base, param);
    const ehlo_param* found = ehlo_server_event_param(&batch, &event, param.id);
    require(found != nullptr && found->id == param.id, "ehlo_server_event_param does not find a parameter");
  }
  out.close(']');
}

void write_event(JsonText& out, std::string_view base, const ehlo_server_batch& batch, const ehlo_server_event& event) {
  out.open('{');
  out.field("type", ehlo_server_event_name(event.type));
  out.field("id", event.id);
  out.field("flags", event.flags);
  if (event.error != EHLO_OK) out.field("error", ehlo_error_name(event.error));
  out.field("number", event.number);
  out.field("line", part(base, event.line));
  out.field("text", part(base, event.text));
  out.field("response", part(base, event.response));
  const bool has_path = event.type == EHLO_SERVER_EVENT_MAIL || event.type == EHLO_SERVER_EVENT_RCPT;
  if (has_path || (event.type == EHLO_SERVER_EVENT_COMMAND && event.path.whole.off != EHLO_ABSENT)) {
    out.key("path");
    out.open('{');
    write_path(out, base, event.path);
    out.close('}');
  } else {
    require(event.path.whole.off == EHLO_ABSENT && event.path.flags == 0, "a path where there is none");
  }
  write_params(out, base, batch, event);
  if (event.body.count != 0) out.field("body", body_of(base, batch, event));
  out.field("index", event.index);
  if (event.verb != EHLO_VERB_UNKNOWN) out.field("verb", ehlo_verb_name(event.verb));
  out.field("kind", event.kind);
  out.field("code", event.code);
  out.close('}');
}

// A turn that is under way.
class Turn {
 public:
  Turn(Session& session, const Call& call, JsonText& out)
      : session_(session), server_(session.server.get()), call_(call), out_(out), outbox_(call.number("output")) {}

  void run() {
    const Json* name = call_.find("event");
    if (name != nullptr) event(name->get_ref<const std::string&>());
    if (const Json* list = call_.find("answers")) answers(*list);
    out_.key("events");
    out_.open('[');
    rounds(name != nullptr || call_.flag("force"));
    const std::uint64_t pieces = add_pieces();
    out_.close(']');
    out_.field("output", outbox_.taken());
    out_.field("pieces", pieces);
    out_.field("kept", session_.inbox.size());
    out_.field("left", session_.left);
    out_.field("receives", receives_);
    out_.field("wants", ehlo_server_wants(server_));
  }

 private:
  void event(std::string_view name) {
    std::int32_t error = EHLO_OK;
    if (name == "tls")
      error = ehlo_server_tls_started(server_);
    else if (name == "tls-failed")
      error = ehlo_server_tls_failed(server_);
    else if (name == "eof")
      ehlo_server_eof(server_);
    else if (name == "timeout")
      ehlo_server_timed_out(server_);
    else
      throw Fault("no event " + std::string(name));
    if (error != EHLO_OK) out_.field("event_error", ehlo_error_name(error));
  }

  void answers(const Json& list) {
    out_.key("answers");
    out_.open('[');
    for (const Json& one : list) {
      const std::int32_t error = answer(one.at(0), one.at(1).get_ref<const std::string&>(), one);
      if (error == EHLO_OK)
        out_.word("null");
      else
        out_.octets(ehlo_error_name(error));
    }
    out_.close(']');
  }
  std::int32_t answer(std::uint32_t id, std::string_view kind, const Json& how) {
    if (kind == "accept") return ehlo_server_accept(server_, id);
    if (kind == "challenge") {
      const std::string octets = Call::octets_of(how.at(2));
      return ehlo_server_challenge(server_, id, octets.data(), octets.size());
    }
    if (kind != "reply") throw Fault("no answer " + std::string(kind));
    const std::string text = Call::octets_of(how.at(4));
    return ehlo_server_reply(server_, id, how.at(2), enhanced_of(how.at(3)), text.data(), text.size());
  }

  std::uint64_t add_pieces() {
    std::uint64_t added = 0;
    const Json* pieces = call_.find("pieces");
    if (pieces == nullptr) return added;
    for (const Json& piece : *pieces) {
      if (asked_ && call_.flag("stop")) break;
      call_.add_piece(piece, session_.inbox);
      ++added;
      rounds(false);
    }
    return added;
  }

  // Until a round moves nothing. `due`: receive is to be called whatever is wanted.
  void rounds(bool due) {
    bool moved = true;
    while (moved) {
      require(idle_ < kMostIdleRounds, "the session turns in circles");
      moved = receive(due);
      due = false;
      moved = outbox_.take([&](char* to, std::size_t room) { return ehlo_server_output(server_, to, room); },
                           [&] { return (ehlo_server_wants(server_) & EHLO_WANT_OUTPUT) != 0; }) ||
              moved;
    }
  }

  bool receive(bool due) {
    const std::uint32_t wants = ehlo_server_wants(server_);
    // A program that starts the handshake now, as it is asked to, would take what is left for octets from within TLS
    // (RFC 3207 4.2).
    const bool handshake = (wants & EHLO_WANT_TLS) != 0 && (wants & EHLO_WANT_INPUT) == 0;
    require(!handshake || session_.left == 0, "a handshake is wanted before the input behind STARTTLS is consumed");
    // What arrives when TLS is to start, or at the end, is shown all the same: nothing of it may have an effect.
    const bool leftover = !session_.inbox.empty() && (wants & (EHLO_WANT_TLS | EHLO_WANT_CLOSE)) != 0;
    if (!due && !leftover && (wants & EHLO_WANT_INPUT) == 0) return false;

    const GuardedBytes& input = shown(std::string_view(session_.inbox).substr(0, session_.most_shown));
    ehlo_server_batch batch{};
    batch.events = session_.events.data();
    batch.event_size = sizeof *batch.events;
    batch.event_cap = static_cast<std::uint32_t>(session_.events.size());
    batch.spans = session_.spans.data();
    batch.span_cap = static_cast<std::uint32_t>(session_.spans.size());
    batch.params = session_.params.data();
    batch.param_size = sizeof *batch.params;
    batch.param_cap = static_cast<std::uint32_t>(session_.params.size());
    ++receives_;
    const std::size_t consumed = ehlo_server_receive(server_, input.data(), input.size(), &batch);
    if (batch.error != EHLO_OK) throw Fault(std::string("receive: ") + ehlo_error_name(batch.error));
    require(consumed <= input.size(), "receive consumes more than it was shown");
    require(batch.event_count <= batch.event_cap && batch.span_count <= batch.span_cap &&
                batch.param_count <= batch.param_cap,
            "receive overfills the batch");
    for (std::uint32_t i = 0; i < batch.event_count; ++i) {
      asked_ = asked_ || batch.events[i].id != 0;
      write_event(out_, input.view(), batch, batch.events[i]);
    }
    session_.left = input.size() - consumed;
    session_.inbox.erase(0, consumed);
    idle_ = consumed == 0 ? idle_ + 1 : 0;
    return consumed != 0 || batch.event_count != 0;
  }

  Session& session_;
  ehlo_server* server_;
  const Call& call_;
  JsonText& out_;
  Outbox outbox_;
  bool asked_ = false;
  std::size_t idle_ = 0, receives_ = 0;
};

void turn(const Call& call, JsonText& out) {
  const auto found = sessions().find(call.number("session"));
  require(found != sessions().end(), "no such session");
  Turn(found->second, call, out).run();
}

}  // namespace

bool close_server(std::uint64_t session) { return sessions().erase(session) != 0; }

const std::vector<Row> kServerCalls = {{"server", server}, {"turn", turn}};

}  // namespace testee
