// Reading what a testee answers.
#include "results.h"

#include "support/json_text.h"

namespace vectors {
namespace {

Bytes octets_of(const Json& value) {
  const auto octets = support::octets_of_text(value.get_ref<const std::string&>());
  require(octets.has_value(), "the testee gives a character above U+00FF");
  return *octets;
}

// The fields of an object, read in their order, so that no key is searched more than once.
class Fields {
 public:
  explicit Fields(const Json& object) : object_(object) { require(object.is_object(), "the testee gives no object"); }

  const Json* find(const char* name) const {
    const auto found = object_.find(name);
    return found == object_.end() || found->is_null() ? nullptr : &*found;
  }
  // A number, or octets.
  template <class Field>
  void read(const char* name, Field& field) const {
    const Json* value = find(name);
    if (value == nullptr) return;
    if constexpr (std::is_arithmetic_v<Field>)
      field = value->get<Field>();
    else
      field = octets_of(*value);
  }
  template <class T>
  void read(const char* name, std::vector<std::shared_ptr<const T>>& list) const {
    if (const Json* value = find(name))
      for (const Json& one : *value) list.push_back(std::make_shared<const T>(one));
  }

 private:
  const Json& object_;
};

template <class OneEvent>
void read_turn(const Fields& fields, Turn<OneEvent>& turn) {
  fields.read("event_error", turn.event_error);
  fields.read("events", turn.events);
  fields.read("output", turn.output);
  fields.read("pieces", turn.pieces);
  fields.read("receives", turn.receives);
  fields.read("kept", turn.kept);
  fields.read("wants", turn.wants);
}

std::string field(const char* name, const std::optional<Bytes>& octets) {
  return octets ? std::string(" ") + name + "=" + printable(*octets) : std::string();
}

std::string field(const char* name, std::uint64_t number) {
  return number != 0 ? std::string(" ") + name + "=" + std::to_string(number) : std::string();
}

std::string entry_of(const Event& event) {
  std::string text = event.type;
  if (!event.verb.empty()) text += " " + event.verb;
  if (!event.error.empty()) text += " " + event.error;
  text += field("code", event.code) + field("number", event.number) + field("index", event.index) +
          field("kind", event.kind) + field("flags", event.flags) + field("line", event.line) +
          field("text", event.text) + field("response", event.response) + field("path", event.path.whole) +
          field("path-flags", event.path.flags);
  for (const Param& param : event.params)
    text += " (" + param.keyword + field("value", param.value) + field("detail", param.detail) +
            (param.number == "0" ? "" : " number=" + param.number) + ")";
  return text;
}

}  // namespace

std::optional<Bytes> octets_in(const Json& object, const char* name) {
  std::optional<Bytes> octets;
  Fields(object).read(name, octets);
  return octets;
}

Path::Path(const Json& json) {
  const Fields fields(json);
  fields.read("whole", whole);
  fields.read("route", route);
  fields.read("local", local);
  fields.read("local_value", local_value);
  fields.read("domain", domain);
  fields.read("address", address);
  fields.read("domain_kind", domain_kind);
  fields.read("flags", flags);
}

Param::Param(const Json& json) {
  const Fields fields(json);
  fields.read("id", id);
  fields.read("keyword", keyword);
  fields.read("value", value);
  fields.read("detail", detail);
  if (const Json* digits = fields.find("number")) {
    require(digits->is_number_integer(), "the testee gives no whole number");
    number = digits->dump();
  }
  if (const Json* meaning = fields.find("decoded")) decoded = *meaning;
}

std::vector<Param> params_in(const Json& object) {
  std::vector<Param> params;
  if (const Json* list = Fields(object).find("params"))
    for (const Json& one : *list) params.emplace_back(one);
  return params;
}

Command::Command(const Json& json) : params(params_in(json)) {
  const Fields fields(json);
  fields.read("verb", verb);
  fields.read("flags", flags);
  fields.read("host_kind", host_kind);
  fields.read("size", size);
  fields.read("text", text);
  fields.read("response", response);
  if (const Json* value = fields.find("path")) path = Path(*value);
}

Event::Event(const Json& json) : params(params_in(json)) {
  const Fields fields(json);
  fields.read("type", type);
  fields.read("id", id);
  fields.read("flags", flags);
  fields.read("error", error);
  fields.read("number", number);
  fields.read("line", line);
  fields.read("text", text);
  fields.read("response", response);
  if (const Json* value = fields.find("path")) path = Path(*value);
  fields.read("body", body);
  fields.read("index", index);
  fields.read("verb", verb);
  fields.read("kind", kind);
  fields.read("code", code);
  entry = entry_of(*this);
}

ServerTurn::ServerTurn(const Json& json) {
  const Fields fields(json);
  read_turn(fields, *this);
  if (const Json* list = fields.find("answers"))
    for (const Json& one : *list) answers.push_back(one.is_null() ? Bytes() : octets_of(one));
  fields.read("left", left);
}

ClientEvent::ClientEvent(const Json& json) {
  const Fields fields(json);
  fields.read("type", type);
  fields.read("verb", verb);
  fields.read("code", code);
  fields.read("enhanced", enhanced);
  fields.read("transaction", transaction);
  fields.read("index", index);
  fields.read("verdict", verdict);
  fields.read("scope", scope);
  fields.read("flags", flags);
  fields.read("error", error);
  fields.read("number", number);
  fields.read("reply", reply);
  fields.read("text", text);
}

ClientTurn::ClientTurn(const Json& json) {
  const Fields fields(json);
  read_turn(fields, *this);
  fields.read("do_error", do_error);
  fields.read("sent", sent);
  fields.read("outstanding", outstanding);
  fields.read("facts", facts);
  fields.read("hello_reply", hello_reply);
}

}  // namespace vectors
