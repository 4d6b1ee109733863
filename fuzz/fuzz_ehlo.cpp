// Replies to EHLO: the parser finds the same extensions as a naive reference reader, a client session the same as the
// parser, and what was written is read back.
//
// Input: octet 0: bit 0 TLS; octets 1 to 3: the limits of a line, of the number of lines and of the reply (0: the
// default); then the reply. Its lines are also tried after codes that we add, and as the input of the writer.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "ehlo.h"
#include "support/exact_copy.h"
#include "support/guarded.h"
#include "support/naive_path.h"
#include "support/properties.h"
#include "support/rows.h"
#include "support/write_measured.h"

namespace support {
namespace {

struct Line {
  std::string_view keyword, params;  // params are empty if there are none
};

// RFC 5321 4.1.1.1: ehlo-keyword *( SP ehlo-param ). Several spaces are accepted. "AUTH=" is AUTH, and so for X-EXPS.
bool read_line(std::string_view text, Line& line) {
  const auto is_keyword = [](char c) { return naive::is_let_dig(c) || c == '-'; };
  std::size_t end = 0;
  while (end < text.size() && is_keyword(text[end])) ++end;
  line.keyword = text.substr(0, end);
  if (end == 0 || text[0] == '-') return false;
  const bool has_mechanisms = naive::same_word(line.keyword, "AUTH") || naive::same_word(line.keyword, "X-EXPS");
  const bool old_auth = end < text.size() && text[end] == '=' && has_mechanisms;
  if (end < text.size() && text[end] != ' ' && !old_auth) return false;
  text.remove_prefix(std::min(text.size(), end + 1));
  if (!naive::all_of(text, [](char c) { return c >= 32 && c <= 126; })) return false;
  const std::size_t first = text.find_first_not_of(' ');
  line.params =
      first == std::string_view::npos ? std::string_view{} : text.substr(first, text.find_last_not_of(' ') + 1 - first);
  return true;
}

struct ReferenceHello {
  std::vector<Line> lines;
  std::vector<std::string_view> mechanisms;
  std::uint64_t offered = 0, usable = 0, size_limit = 0;
  bool has_size_limit = false;
};

std::uint64_t bit_of(std::string_view keyword) {
  for (const ExtensionRow& row : kExtensions)
    if (naive::same_word(keyword, row.name)) return row.bit();
  return 0;
}

void read_size(std::string_view params, ReferenceHello& reference) {
  const std::string_view digits = params.substr(0, params.find(' '));
  const std::string_view number = digits.substr(std::min(digits.find_first_not_of('0'), digits.size()));
  const bool fits = number.size() < 20 || (number.size() == 20 && number <= "18446744073709551615");
  reference.has_size_limit = !digits.empty() && naive::all_of(digits, naive::is_digit) && fits;
  reference.size_limit = reference.has_size_limit && !number.empty() ? std::stoull(std::string(number)) : 0;
}

// `lines` are those after the first one.
ReferenceHello read_lines(const std::vector<std::string_view>& lines, bool tls) {
  ReferenceHello reference;
  for (const std::string_view text : lines) {
    Line line;
    if (!read_line(text, line)) continue;
    reference.lines.push_back(line);
    const std::uint64_t bit = bit_of(line.keyword);
    reference.offered |= bit;
    if (bit == EHLO_EXT_BIT(EHLO_EXT_SIZE)) read_size(line.params, reference);
    if (bit != EHLO_EXT_BIT(EHLO_EXT_AUTH)) continue;
    for (const std::string_view word : naive::split(line.params, " "))
      if (!word.empty()) reference.mechanisms.push_back(word);
  }
  std::uint64_t complete = reference.offered;
  if (reference.mechanisms.empty()) complete &= ~EHLO_EXT_BIT(EHLO_EXT_AUTH);
  reference.usable = available_extensions(complete, tls);
  return reference;
}

struct Setting {
  bool tls;
  ehlo_reply_limits limits;
};

// A valid reply, and the checks of what it offers.
class Reply {
 public:
  Reply(std::string_view octets, const Setting& setting) : octets_(octets), setting_(setting) {
    for (const std::string_view line : naive::split(octets.substr(0, octets.size() - 2), "\r\n"))
      lines_.push_back(line.substr(std::min<std::size_t>(line.size(), 4)));
    domain_ = lines_[0].substr(0, lines_[0].find(' '));
    reference_ = read_lines({lines_.begin() + 1, lines_.end()}, setting.tls);
  }

  void check(const ehlo_hello& hello) const {
    require(hello.offered == reference_.offered && hello.usable == reference_.usable,
            "the extensions are those of the reference");
    require(hello.has_size_limit == reference_.has_size_limit && hello.size_limit == reference_.size_limit,
            "the limit is that of the reference");
    require_same(at(hello.domain), domain_, "the domain is the first word");
    check_lines();
    check_mechanisms();
    check_session();
  }

 private:
  static constexpr std::size_t kLookedUp = 64;

  std::string_view at(ehlo_span span) const {
    require(std::uint64_t{span.off} + span.len <= octets_.size(), "a span is inside the reply");
    return octets_.view().substr(span.off, span.len);
  }

  void check_lines() const {
    std::size_t next = 0, count = 0;
    ehlo_capability capability;
    while (ehlo_hello_next(octets_.data(), octets_.size(), &next, &capability)) {
      require(count < reference_.lines.size(), "there are no more keywords than the reference finds");
      const Line& line = reference_.lines[count++];
      require_same(at(capability.keyword), line.keyword, "a keyword is that of the reference");
      require((capability.params.off == EHLO_ABSENT) == line.params.empty(), "parameters are present or absent");
      if (!line.params.empty())
        require_same(at(capability.params), line.params, "parameters are those of the reference");
    }
    require(count == reference_.lines.size(), "there are as many keywords as the reference finds");
  }

  void check_mechanisms() const {
    const auto has = [this](std::string_view word) {
      return ehlo_hello_has_mechanism(octets_.data(), octets_.size(), word.data(), word.size()) == 1;
    };
    for (const std::string_view word : reference_.mechanisms) {
      require(has(word), "a mechanism of the list is in the list");
      const std::string longer = std::string(word) + 'X';
      const bool other = std::any_of(reference_.mechanisms.begin(), reference_.mechanisms.end(),
                                     [&](std::string_view one) { return naive::same_word(one, longer); });
      require(has(longer) == other, "no other mechanism is in the list");
    }
    require(!has("") && (!reference_.mechanisms.empty() || !has("PLAIN")), "what is not in the list is not in it");
  }

  // A client session that reads the reply has the same extensions.
  void check_session() const {
    ehlo_client_options options;
    ehlo_client_options_init(&options, sizeof options);
    options.hostname = "c.example";
    options.replies = setting_.limits;
    options.flags = setting_.tls ? EHLO_CLIENT_FLAG_IMPLICIT_TLS : 0;
    std::unique_ptr<ehlo_client_config, void (*)(ehlo_client_config*)> config(
        ehlo_client_config_new(&options, nullptr, nullptr), ehlo_client_config_free);
    if (config == nullptr) return;
    std::unique_ptr<ehlo_client, void (*)(ehlo_client*)> client(ehlo_client_new(config.get(), nullptr),
                                                                ehlo_client_free);
    require(client != nullptr && ehlo_client_open(client.get()) == EHLO_OK, "a session may be opened");
    ehlo_client_event events[EHLO_CLIENT_EVENTS_MIN];
    ehlo_client_batch batch{events, sizeof(ehlo_client_event), EHLO_CLIENT_EVENTS_MIN, 0, 0};
    // With very small limits no greeting can be read.
    if (ehlo_client_receive(client.get(), "220 \r\n", 6, &batch) != 6 || batch.event_count != 1 ||
        events[0].type != EHLO_CLIENT_EVENT_GREETING)
      return;
    char line[64];
    require(ehlo_client_output(client.get(), line, sizeof line) == 16, "the client sends EHLO");
    require(ehlo_client_receive(client.get(), octets_.data(), octets_.size(), &batch) == octets_.size(),
            "the reply is taken");
    const ehlo_client_event& ready = events[batch.event_count - 1];
    require(batch.event_count != 0 && ready.type == EHLO_CLIENT_EVENT_READY && ready.error == EHLO_OK, "READY follows");
    require(ready.extensions == reference_.usable && ehlo_client_extensions(client.get()) == reference_.usable,
            "a session may use the extensions that the parser finds");
    std::uint64_t limit = 1;
    require(ehlo_client_size_limit(client.get(), &limit) == reference_.has_size_limit && limit == reference_.size_limit,
            "a session has the limit of the parser");
    std::size_t size = 0;
    const char* const reply = ehlo_client_hello_reply(client.get(), &size);
    require_same({reply, size}, octets_.view(), "a session keeps the reply");
    check_offers(client.get());
  }

  // Each keyword is found, with what follows it in the last line that has it.
  void check_offers(const ehlo_client* client) const {
    std::size_t left = kLookedUp;
    for (const Line& line : reference_.lines) {
      if (left-- == 0) break;
      const auto last = std::find_if(reference_.lines.rbegin(), reference_.lines.rend(),
                                     [&](const Line& one) { return naive::same_word(one.keyword, line.keyword); });
      ehlo_span arguments{};
      require(ehlo_client_offers(client, line.keyword.data(), line.keyword.size(), &arguments) == 1,
              "a keyword of the reply is found");
      require((arguments.off == EHLO_ABSENT) == last->params.empty(), "arguments are present or absent");
      if (!last->params.empty()) require_same(at(arguments), last->params, "arguments are those of the last line");
    }
    require(ehlo_client_offers(client, "NOT-THERE", 9, nullptr) == reference_has("NOT-THERE"),
            "no other keyword is found");
  }
  bool reference_has(std::string_view keyword) const {
    return std::any_of(reference_.lines.begin(), reference_.lines.end(),
                       [&](const Line& one) { return naive::same_word(one.keyword, keyword); });
  }

  ExactCopy octets_;
  const Setting& setting_;
  std::vector<std::string_view> lines_;
  std::string_view domain_;
  ReferenceHello reference_;
};

std::int32_t parse(std::string_view wire, const Setting& setting, ehlo_hello& hello) {
  thread_local support::GuardedBytes octets;
  octets.assign(wire);
  ehlo_reply reply{};
  std::size_t at = 0, reply_at = 0;
  const std::int32_t error = ehlo_hello_parse(octets.data(), octets.size(), setting.tls, &setting.limits, &hello, &at);
  const std::int32_t as_reply = ehlo_reply_parse(octets.data(), octets.size(), &setting.limits, &reply, &reply_at);
  if (as_reply != EHLO_OK) {
    require(error == as_reply && at == reply_at, "a malformed reply is a malformed reply to EHLO");
    return error;
  }
  const std::int32_t expected =
      reply.code >= 400 ? EHLO_E_HELLO_REFUSED : (reply.code == 250 ? EHLO_OK : EHLO_E_UNEXPECTED_CODE);
  require(error == expected, "only 250 is a positive reply to EHLO");
  return error;
}

void check_reply(std::string_view wire, const Setting& setting) {
  ehlo_hello hello{};
  if (parse(wire, setting, hello) != EHLO_OK) return;
  ehlo_reply reply{};
  require(ehlo_reply_parse(wire.data(), wire.size(), &setting.limits, &reply, nullptr) == EHLO_OK, "it is a reply");
  ehlo_hello alone{};
  const std::string_view whole = wire.substr(0, reply.length);
  require(parse(whole, setting, alone) == EHLO_OK && alone.usable == hello.usable && alone.offered == hello.offered,
          "what follows a reply changes nothing");
  for (std::size_t size = 0; size < whole.size(); size += 1 + size / 16)
    require(parse(whole.substr(0, size), setting, alone) == EHLO_E_INCOMPLETE, "a part of a reply is incomplete");
  Reply(whole, setting).check(hello);
}

std::string with_codes(std::string_view text) {
  std::string wire;
  const auto lines = naive::split(text, "\n");
  for (std::size_t i = 0; i < lines.size(); ++i) {
    wire += i + 1 == lines.size() ? "250 " : "250-";
    for (const char c : lines[i])
      if (c != '\r' && c != '\0') wire += c;
    wire += "\r\n";
  }
  return wire;
}

bool is_host(std::string_view text) {
  if (text.size() > 255 || !naive::all_of(text, naive::is_ascii)) return false;
  if (!text.starts_with('[') || !text.ends_with(']')) return naive::is_domain(text);
  const std::uint32_t kind = naive::literal_kind(text.substr(1, text.size() - 2));
  return kind == EHLO_DOMAIN_IPV4 || kind == EHLO_DOMAIN_IPV6;
}

void check_written(std::string_view text, const Setting& setting) {
  const ExactCopy domain(text.substr(0, text.find('\n')));
  const ExactCopy rest(text.substr(std::min(text.size(), domain.size() + 1)));
  std::vector<std::string_view> lines;
  if (rest.size() != 0) lines = naive::split(rest.view(), "\n");
  if (rest.view().ends_with('\n')) lines.pop_back();
  Line line;
  const bool good = is_host(domain.view()) && std::all_of(lines.begin(), lines.end(), [&line](std::string_view one) {
                      return read_line(one, line);
                    });
  const auto write = [&](char* out, std::size_t cap) {
    return ehlo_hello_write(domain.data(), domain.size(), rest.data(), rest.size(), out, cap);
  };
  std::string wire;
  const std::int64_t size = write_measured(write, wire);
  if (!good) return require(size == EHLO_E_ARGUMENT, "only lines that begin with a keyword are written");
  require(size > 0, "keywords can be written");
  Setting wide = setting;
  wide.limits = {8192, 8192, 65536};
  check_reply(wire, wide);
  ehlo_hello hello{};
  const ReferenceHello reference = read_lines(lines, setting.tls);
  require(parse(wire, wide, hello) == EHLO_OK && hello.offered == reference.offered && hello.usable == reference.usable,
          "what was written is read back");
}

void run(const Setting& setting, std::string_view text) {
  check_reply(text, setting);
  check_reply(with_codes(text), setting);
  check_written(text, setting);
}

}  // namespace
}  // namespace support

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kControl = 4;
  if (size < kControl || size > 4096) return 0;
  support::Setting setting{(data[0] & 1) != 0, {data[1] * 4u, data[2], data[3] * 16u}};
  support::run(setting, {reinterpret_cast<const char*>(data) + kControl, size - kControl});
  return 0;
}
