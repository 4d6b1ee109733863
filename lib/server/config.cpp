// Creates a configuration in one block of memory: the object, the program's rows and texts, and the replies as sent.
#include "server/config.h"

#include <cstring>
#include <new>

namespace ehlo {
namespace {

// Collects the lines of the EHLO reply; the last has a space after its code (RFC 5321 4.2.1), so each line is
// written when the next is known.
struct HelloWriter {
  Writer& out;
  Octet line[kMinLine];
  std::size_t length = 0;

  static void add(void* context, Bytes text) noexcept {
    auto& self = *static_cast<HelloWriter*>(context);
    self.flush('-');
    self.length = text.size < sizeof self.line ? text.size : sizeof self.line;
    std::memcpy(self.line, text.data, self.length);
  }
  void add_line(std::string_view keyword, std::string_view arguments) noexcept {
    Octet text[kMinLine];
    Writer whole(text, sizeof text);
    whole.put(keyword);
    if (!arguments.empty()) whole.put(' ');
    whole.put(arguments);
    add(this, {text, whole.size()});
  }
  void flush(char separator) noexcept {
    if (length == 0) return;
    out.put("250");
    out.put(static_cast<Octet>(separator));
    out.put(Bytes{line, length});
    out.put("\r\n");
  }
};

// Whether the first line of a text is empty. Then no space follows our name.
bool begins_with_line_end(Bytes text) noexcept { return text.empty() || text[0] == '\n' || text[0] == '\r'; }

// "AUTH=LOGIN" announces AUTH to old clients, so it is sent only where AUTH is offered.
bool is_old_auth(std::string_view keyword) noexcept {
  return keyword.size() > 4 && keyword[4] == '=' && equals_caseless(bytes_of(keyword).first(4), "AUTH");
}

}  // namespace

AnnouncedLines Config::lines() const noexcept { return {options_.lines, options_.line_size, options_.line_count}; }

Announcement Config::announcement(bool tls, const AnnouncedLines& lines) const noexcept {
  return {extensions_, tls, flag(EHLO_SERVER_FLAG_PLAINTEXT_AUTH), options_.max_message_octets, mechanisms_, &lines};
}

// Copies rows and texts into `memory` behind the object, and gives the octets needed. With capacity 0 it only measures,
// by the same code, so that the two sizes cannot differ; then its texts are the program's own.
std::size_t Config::store(Octet* memory, std::size_t capacity) noexcept {
  const std::string_view hostname = view(options_.hostname);
  const std::string_view mechanisms = view(options_.mechanisms);
  own_ = capacity == 0 ? OwnRows(options_.rows) : OwnRows::copy(options_.rows, memory);
  extensions_ = options_.extensions;
  const AnnouncedLines lines = this->lines();
  for (std::size_t i = 0; i < lines.count; ++i) extensions_ |= extension_bit(bytes_of(lines.keyword(i)));
  extensions_ &= ~own_.replaced_extensions();
  const std::size_t row_octets = OwnRows::room_for(options_.rows);
  Octet* const texts = capacity == 0 ? nullptr : memory + row_octets;
  Writer out(texts, capacity == 0 ? 0 : capacity - row_octets);
  const auto keep = [&](std::string_view text, std::size_t at) {
    return capacity == 0 ? text : std::string_view{reinterpret_cast<const char*>(texts) + at, text.size()};
  };
  const auto put = [&](std::string_view text) {
    const std::size_t at = out.size();
    out.put(text);
    return keep(text, at);
  };
  hostname_ = put(hostname);
  mechanisms_ = put(mechanisms);
  for (std::size_t i = 0; i < kKeptReplies; ++i) {
    const std::size_t begin = out.size();
    write_standard(static_cast<Standard>(i), out);
    if (capacity != 0) replies_[i] = {reinterpret_cast<const char*>(texts) + begin, out.size() - begin};
  }
  return row_octets + out.size();
}

void Config::write_standard(Standard reply, Writer& out) const noexcept {
  switch (reply) {
    case Standard::greeting:
      out.put("220 ");
      out.put(hostname_);
      return out.put(lmtp() ? " LMTP\r\n" : " ESMTP\r\n");
    case Standard::hello:
      out.put("250 ");
      out.put(hostname_);
      return out.put("\r\n");
    case Standard::hello_esmtp: return write_hello(false, out);
    case Standard::hello_esmtp_tls: return write_hello(true, out);
    default: break;
  }
  Octet text[2 * kMinLine];
  ReplySink sink(text, sizeof text, 0);
  const StandardReply row = standard_reply(reply);
  write_reply(row.code, row.enhanced, bytes_of(row.text), sink);
  out.put(Bytes{text, sink.written()});
}

// The name, the library's extensions, the program's extensions, and then the lines of no extension.
void Config::write_hello(bool tls, Writer& out) const noexcept {
  HelloWriter writer{out, {}, 0};
  HelloWriter::add(&writer, bytes_of(hostname_));
  const AnnouncedLines lines = this->lines();
  Announcement facts = announcement(tls, lines);
  facts.offered = available_extensions(facts);
  announce_extensions(facts, &writer, HelloWriter::add);
  const OwnSet own = own_extensions(own_, facts);
  for (std::uint32_t i = 0; i < own_.extension_count(); ++i) {
    const ehlo_extension_row& row = own_.extension(i);
    if (row.keyword == nullptr || !own.has(i)) continue;
    const std::string_view arguments = lines.arguments_of(row.keyword);
    writer.add_line(row.keyword, arguments.empty() ? view(row.arguments) : arguments);
  }
  for (std::size_t i = 0; i < lines.count; ++i) {
    const std::string_view keyword = lines.keyword(i);
    if (is_old_auth(keyword) && !has(facts.offered, EHLO_EXT_AUTH)) continue;
    if (own_.find_extension(keyword) == kNoRow && extension_bit(bytes_of(keyword)) == 0)
      writer.add_line(keyword, lines.arguments(i));
  }
  writer.flush(' ');
}

ReplyPosition Config::write_reply(std::uint32_t code, EnhancedCode enhanced, Bytes text, ReplySink& out,
                                  std::size_t from) const noexcept {
  // RFC 5321 4.2.3: the text of 221 and 421 begins with the name of the server.
  const bool named = code == 221 || code == 421;
  Octet prefix_octets[256];
  Writer prefix(prefix_octets, sizeof prefix_octets);
  if (named) {
    prefix.put(hostname_);
    if (!begins_with_line_end(text)) prefix.put(' ');
  }
  if (!offers(EHLO_EXT_ENHANCEDSTATUSCODES)) enhanced = EHLO_ENHANCED_NONE;
  return ehlo::write_reply(out, code, enhanced, {prefix_octets, prefix.size()}, text, from);
}

// RFC 5321 4.2: our name begins the first line of a greeting.
ReplyPosition Config::write_greeting(Bytes text, ReplySink& out, std::size_t from) const noexcept {
  Octet prefix_octets[256];
  Writer prefix(prefix_octets, sizeof prefix_octets);
  prefix.put(hostname_);
  if (!begins_with_line_end(text)) prefix.put(' ');
  return ehlo::write_reply(out, 220, EHLO_ENHANCED_NONE, {prefix_octets, prefix.size()}, text, from);
}

// One offer for each state of TLS, so that a session only chooses.
void Config::make_offers() noexcept {
  const AnnouncedLines lines = this->lines();
  for (const bool tls : {false, true}) {
    Offer& offer = offers_[tls];
    offer = make_offer(announcement(tls, lines), lmtp(), options_.max_line_octets, options_.max_auth_line_octets);
    offer.general_literals = flag(EHLO_SERVER_FLAG_GENERAL_LITERALS);
    offer.limit_paths(options_.max_local_part_octets, options_.max_path_octets);
    offer.unknown_params = options_.unknown_params;
    offer.unknown_verbs = options_.unknown_verbs;
    add_own_rows(offer, own_, announcement(tls, lines), options_.max_line_octets != 0);
  }
}

Config* Config::create(const ServerOptions& options, const Allocator& allocator, Error& error) noexcept {
  error = EHLO_E_ARGUMENT;
  if (wrong_option(options) != nullptr) return nullptr;
  static_assert(alignof(Config) >= alignof(Value), "rows stand behind the configuration");
  Config measured;
  measured.options_ = options;
  const std::size_t octets = sizeof(Config) + measured.store(nullptr, 0);
  void* memory = allocator.allocate(allocator.context, octets);
  error = EHLO_E_MEMORY;
  if (memory == nullptr) return nullptr;
  auto* config = new (memory) Config;
  config->options_ = options;
  config->allocator_ = allocator;
  config->octets_ = octets;
  config->store(static_cast<Octet*>(memory) + sizeof(Config), octets - sizeof(Config));
  config->make_offers();
  // The texts have been copied; the program may free its own now.
  config->options_.hostname = config->options_.mechanisms = nullptr;
  config->options_.rows = nullptr;
  config->options_.lines = nullptr;
  error = EHLO_OK;
  return config;
}

void Config::drop(const Config* config) noexcept {
  if (config == nullptr || !config->references_.drop()) return;
  const Allocator allocator = config->allocator_;
  const std::size_t octets = config->octets_;
  config->~Config();
  allocator.release(allocator.context, const_cast<Config*>(config), octets);
}

bool Config::serves_mechanism(Bytes mechanism, bool tls) const noexcept {
  if (!flag(EHLO_SERVER_FLAG_PLAINTEXT_AUTH) && !tls) return false;
  for (std::size_t begin = 0; begin < mechanisms_.size();) {
    std::size_t end = mechanisms_.find(' ', begin);
    if (end == std::string_view::npos) end = mechanisms_.size();
    if (equals_caseless(mechanism, {mechanisms_.data() + begin, end - begin})) return true;
    begin = end + 1;
  }
  return false;
}

std::uint32_t Config::longest_line() const noexcept {
  std::uint32_t longest = options_.max_auth_line_octets;
  for (const Offer& offer : offers_)
    if (offer.longest_line() > longest) longest = offer.longest_line();
  return longest;
}

}  // namespace ehlo
