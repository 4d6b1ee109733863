// reply_codes.jsonl: the meaning of a reply code, of an enhanced status code, and of the two together.
//
// The call is `reply_code_info` with `basic` (a number) and `enhanced` ("X.s.d" or "5.1.1") as far as the case has
// them; its result has the other fields of the case by their names (README-ext.md).
#include "kind.h"

namespace vectors {
namespace {

struct Shape {
  std::vector<std::string_view> asked, answered;
};

const std::map<std::string_view, Shape> kShapes = {
    {"basic", {{"basic"}, {"meaning", "by", "retry", "fix", "scope"}}},
    {"enhanced", {{"enhanced"}, {"meaning", "basics", "classes"}}},
    {"pair", {{"basic", "enhanced"}, {"valid", "listed", "known", "general"}}},
};

// The values expected where the case has no such field.
Json otherwise(std::string_view field) { return field == "known" ? Json(true) : Json(); }

void run(const Json& vector, Testee& testee) {
  only_case_keys(vector, {"kind", "basic", "enhanced", "meaning", "by", "retry", "fix", "scope", "basics", "classes",
                          "valid", "listed", "known", "general"});
  const auto shape = kShapes.find(vector.at("kind").get<std::string>());
  require(shape != kShapes.end(), "bad case: kind " + vector["kind"].dump());
  Request request;
  JsonText& call = request.call("reply_code_info");
  for (const std::string_view field : shape->second.asked) {
    const Json& value = vector.at(std::string(field));
    if (value.is_string())
      call.field(field, bytes_of(value));
    else
      call.field(field, value.get<std::uint64_t>());
  }
  const ResultPtr result = testee.ask_one(request);
  for (const std::string_view field : shape->second.answered) {
    const Json expected = vector.value(std::string(field), otherwise(field));
    const Json got = result->json().value(std::string(field), otherwise(field));
    require(got == expected, Bytes(field) + " is " + got.dump(-1, ' ', true));
  }
}

const KindRegistration kReplyCodes("reply_codes", run);

}  // namespace
}  // namespace vectors
