// The parameters of MAIL and RCPT: the parser agrees with a naive reference reader, also about the position of an
// error; parameters mean the same alone and in a command; what was read can be written and reads back as the same;
// xtext is decoded to what was encoded.
//
// Input: octet 0: bit 0 RCPT, bit 1 TLS, the other bits the extensions 8 to 13 that are not offered; octet 1: the
// extensions 0 to 7 that are not offered; octets 2 and 3: which octet of the text is repeated, and how often
// (stretch.h); then the text.
#include <string>
#include <vector>

#include "ehlo.h"
#include "support/exact_copy.h"
#include "support/guarded.h"
#include "support/naive_params.h"
#include "support/properties.h"
#include "support/stretch.h"
#include "support/write_measured.h"

namespace support {
namespace {

struct Read {
  std::int32_t error = EHLO_OK;
  std::size_t at = 0;
  std::vector<ehlo_param> params;
};

class List {
 public:
  List(bool rcpt, const ehlo_parse_options& options) : rcpt_(rcpt), options_(options) {}

  void check(std::string_view text) const {
    const Read read = parse(text);
    NaiveParams reference = make_reference().read(text);
    require(read.error == reference.error, "the reference agrees");
    if (read.error != EHLO_OK && reference.grammatical) require(read.at == reference.at, "the error is at its keyword");
    if (!reference.grammatical) check_position(text, read.at);
    check_in_command(text, read);
    if (read.error != EHLO_OK) return;
    compare(text, read, reference);
    check_capacity(text, read);
    check_order(read, text);
    check_repeated(read, text);
    for (std::size_t i = 0; i < read.params.size(); ++i) check_written(text, read.params[i], reference.items[i]);
  }

 private:
  ReferenceParams make_reference() const {
    const bool tls = (options_.flags & EHLO_SERVER_FLAG_IMPLICIT_TLS) != 0;
    return {rcpt_, available_extensions(options_.extensions, tls),
            (options_.extensions & EHLO_EXT_BIT(EHLO_EXT_SMTPUTF8)) != 0};
  }

  std::int32_t parse(std::string_view text, std::size_t cap, Read& read) const {
    thread_local support::GuardedBytes octets;
    octets.assign(text);
    read.params.assign(cap, {});
    std::size_t count = SIZE_MAX;
    read.at = SIZE_MAX;
    read.error = ehlo_params_parse(octets.data(), octets.size(), rcpt_ ? EHLO_VERB_RCPT : EHLO_VERB_MAIL, &options_,
                                   read.params.data(), sizeof(ehlo_param), cap, &count, &read.at);
    require(read.error == EHLO_OK ? count <= cap : count == 0, "parameters, or an error and none");
    require(read.at <= text.size(), "an error is at a position of the text");
    read.params.resize(count);
    return read.error;
  }
  Read parse(std::string_view text) const {
    Read read;
    require(parse(text, EHLO_PARAMS_MAX, read) != EHLO_E_SPACE, "EHLO_PARAMS_MAX parameters are always enough");
    return read;
  }

  // A violation of the grammar is reported at the first octet that cannot be right, whatever follows it.
  void check_position(std::string_view text, std::size_t at) const {
    const Read before = parse(text.substr(0, at));
    require(make_reference().read(text.substr(0, at)).grammatical || before.at == at,
            "nothing is wrong before the error");
    if (at == text.size()) return;
    std::string_view cut = text.substr(0, at + 1);
    // White space at the end is not a part of the list.
    if (cut.ends_with(' ') || cut.ends_with('\t')) return;
    const Read same = parse(cut);
    require(same.error == EHLO_E_BAD_PARAMETER && same.at == at, "what follows an error does not move it");
  }

  static std::string_view at(std::string_view text, ehlo_span span) {
    require(std::uint64_t{span.off} + span.len <= text.size(), "a span is inside the text");
    return text.substr(span.off, span.len);
  }

  void compare(std::string_view text, const Read& read, const NaiveParams& reference) const {
    require(read.params.size() == reference.items.size(), "there are as many parameters as the reference finds");
    for (std::size_t i = 0; i < read.params.size(); ++i) {
      const ehlo_param& param = read.params[i];
      const NaiveParam& expected = reference.items[i];
      require(param.id == expected.id() && ehlo_param_unsigned(&param) == expected.number,
              "a value is that of the reference");
      require_same(at(text, param.keyword), expected.keyword, "a keyword is that of the reference");
      require_span(text, param.value, expected.has_value, expected.value);
      require_span(text, param.detail, expected.has_detail, expected.detail);
    }
  }
  static void require_span(std::string_view text, ehlo_span span, bool present, std::string_view expected) {
    require((span.off != EHLO_ABSENT) == present, "a part is present or absent as in the reference");
    if (present)
      require_same(at(text, span), expected, "a part is that of the reference");
    else
      require(span.len == 0, "what is absent has no length");
  }

  void check_in_command(std::string_view text, const Read& alone) const {
    const std::string opening = rcpt_ ? "RCPT TO:<a@b.example>" : "MAIL FROM:<>";
    if (text.find('\r') != std::string_view::npos || text.find('\n') != std::string_view::npos) return;
    const ExactCopy line(opening + ' ' + std::string(text) + "\r\n");
    ehlo_command command;
    std::vector<ehlo_param> params(EHLO_PARAMS_MAX);
    std::size_t at = 0;
    const std::int32_t error = ehlo_command_parse(line.data(), line.size(), &options_, &command, params.data(),
                                                  sizeof(ehlo_param), params.size(), &at);
    // In a command a control character is an error of the line, and white space alone belongs to the end of the line.
    if (naive::has_control(text, false)) return;
    require(error == alone.error, "a list has the same error as in a command");
    const std::size_t shift = opening.size() + 1;
    if (error != EHLO_OK) return require(at == alone.at + shift, "the error is where it is in a command");
    require(command.param_count == alone.params.size(), "a list has as many parameters as in a command");
    for (std::size_t i = 0; i < alone.params.size(); ++i) {
      require(params[i].id == alone.params[i].id && params[i].number == alone.params[i].number &&
                  params[i].keyword.off == alone.params[i].keyword.off + shift &&
                  params[i].value.len == alone.params[i].value.len,
              "a parameter is as in a command");
    }
  }

  void check_capacity(std::string_view text, const Read& read) const {
    Read again;
    require(parse(text, read.params.size(), again) == EHLO_OK, "as many parameters as there are fit");
    if (!read.params.empty())
      require(parse(text, read.params.size() - 1, again) == EHLO_E_SPACE, "an array that is too small is reported");
  }

  static std::string word(std::string_view text, const ehlo_param& param) {
    std::string whole(at(text, param.keyword));
    if (param.value.off != EHLO_ABSENT) whole.append("=") += at(text, param.value);
    return whole;
  }

  void check_order(const Read& read, std::string_view text) const {
    std::string backwards;
    for (std::size_t i = read.params.size(); i-- > 0;)
      backwards.append(word(text, read.params[i])) += i == 0 ? "" : " ";
    const Read other = parse(backwards);
    require(other.error == EHLO_OK && other.params.size() == read.params.size(), "parameters come in any order");
    for (std::size_t i = 0; i < read.params.size(); ++i) {
      const ehlo_param& a = read.params[i];
      const ehlo_param& b = other.params[read.params.size() - 1 - i];
      require(a.id == b.id && a.number == b.number, "the order of parameters changes nothing");
    }
  }

  void check_repeated(const Read& read, std::string_view text) const {
    if (read.params.empty() || read.params.size() == EHLO_PARAMS_MAX) return;
    while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
    const std::string twice = std::string(text) + ' ' + word(text, read.params[text.size() % read.params.size()]);
    const Read other = parse(twice);
    require(other.error == EHLO_E_BAD_PARAMETER && other.at == text.size() + 1, "no parameter comes twice");
  }

  // A parameter that was read, written from its meaning, reads back as the same.
  void check_written(std::string_view text, const ehlo_param& param, const NaiveParam& reference) const {
    std::string written;
    const ExactCopy meaning(reference.meaning);
    check_decoders(at(text, param.value.off == EHLO_ABSENT ? ehlo_span{0, 0} : param.value), reference);
    const std::int64_t size = write_measured(
        [&](char* out, std::size_t cap) {
          return ehlo_param_write(param.id, param.number, meaning.data(), meaning.size(), out, cap);
        },
        written);
    if (size < 0) return require(size == EHLO_E_ARGUMENT && !is_writable(reference), "what was read can be written");
    if (!reference.has_value && reference.row->value != EHLO_VALUE_NONE) return;
    require(size <= static_cast<std::int64_t>(reference.keyword.size() + 1 + reference.value.size()) ||
                is_raw_utf8(reference),
            "what is written is no longer than what was sent");
    std::string value;
    write_measured(
        [&](char* out, std::size_t cap) {
          return ehlo_param_value_write(param.id, param.number, meaning.data(), meaning.size(), out, cap);
        },
        value);
    require_same(written.substr(std::min(written.size(), written.find('=')) + (value.empty() ? 0 : 1)), value,
                 "a value is written alone as with its keyword");
    NaiveParams reference_again = make_reference().read(written);
    const Read again = parse(written);
    // ORCPT and values in UTF-8 may depend on another parameter of the list.
    const bool depends = param.id == EHLO_PARAM_ORCPT || !naive::all_of(reference.value, naive::is_ascii);
    if (depends && again.error != EHLO_OK) return;
    require(again.error == EHLO_OK && again.params.size() == 1, "what was written is read");
    require(again.params[0].id == param.id && again.params[0].number == param.number, "what was written is the same");
    require_same(reference_again.items[0].meaning, reference.meaning, "what was written means the same");
  }
  static bool is_raw_utf8(const NaiveParam& reference) {
    return reference.id() == EHLO_PARAM_ORCPT && !naive::all_of(reference.value, naive::is_ascii);
  }
  // False for what is read but never written: UTF-8 in an ORCPT of another type, a date with an offset (in UTC it may
  // have a year of five digits), and a parameter whose value is missing.
  static bool is_writable(const NaiveParam& reference) {
    const bool has_offset =
        reference.row->kind == EHLO_KIND_DATE && !reference.value.ends_with('Z') && !reference.value.ends_with('z');
    if (has_offset || (!reference.has_value && reference.row->value != EHLO_VALUE_NONE)) return false;
    return reference.id() != EHLO_PARAM_ORCPT || (naive::is_printable(reference.meaning) && !is_raw_utf8(reference));
  }

  // The decoders of the API return the same meaning as the reference reader.
  static void check_decoders(std::string_view value, const NaiveParam& reference) {
    const bool is_xtext = reference.row->kind == EHLO_KIND_XTEXT || reference.row->kind == EHLO_KIND_MAILBOX;
    if (!is_xtext && reference.id() != EHLO_PARAM_ORCPT) return;
    const ExactCopy copy(value);
    std::string decoded;
    const std::int64_t size = write_measured(
        [&](char* out, std::size_t cap) {
          if (!is_xtext) return ehlo_orcpt_decode(copy.data(), copy.size(), out, cap);
          return ehlo_xtext_decode(copy.data(), copy.size(), (reference.row->flags & EHLO_ROW_ANY_HEX) != 0, out, cap);
        },
        decoded);
    require(size >= 0, "what was read can be decoded");
    const std::size_t type = is_xtext ? 0 : reference.meaning.find(';') + 1;
    require_same(decoded, std::string_view(reference.meaning).substr(type),
                 "the decoder gives the meaning of the reference");
  }

  bool rcpt_;
  const ehlo_parse_options& options_;
};

// Any octets encoded as xtext, and decoded as xtext.
void check_xtext(std::string_view octets) {
  const ExactCopy copy(octets);
  std::string encoded, decoded;
  const auto encode = [&](char* out, std::size_t cap) { return ehlo_xtext_encode(copy.data(), copy.size(), out, cap); };
  require(write_measured(encode, encoded) >= 0, "any octets can be encoded");
  require(naive::xtext(encoded, false) == octets, "xtext decodes to what was encoded");
  for (const bool any_case : {false, true}) {
    const auto decode = [&](char* out, std::size_t cap) {
      return ehlo_xtext_decode(copy.data(), copy.size(), any_case, out, cap);
    };
    const std::int64_t size = write_measured(decode, decoded);
    const auto reference = naive::xtext(octets, any_case);
    require(size == (reference ? static_cast<std::int64_t>(reference->size()) : std::int64_t{EHLO_E_SYNTAX}),
            "the reference agrees");
    if (reference) require_same(decoded, *reference, "xtext is decoded as the reference does");
  }
  const auto decode = [&](char* out, std::size_t cap) { return ehlo_orcpt_decode(copy.data(), copy.size(), out, cap); };
  const std::int64_t size = write_measured(decode, decoded);
  require(size >= 0 || size == EHLO_E_SYNTAX, "an error is one that the call names");
}

}  // namespace
}  // namespace support

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kControl = 4;
  if (size < kControl || size > 1500) return 0;
  ehlo_parse_options options;
  ehlo_parse_options_init(&options, sizeof options);
  options.extensions = support::all_extensions() & ~(static_cast<std::uint64_t>(data[0] >> 2) << 8 | data[1]);
  options.max_line_octets = 4096;
  if (data[0] & 2) options.flags |= EHLO_SERVER_FLAG_IMPLICIT_TLS;
  const std::string text = support::stretch({reinterpret_cast<const char*>(data) + kControl, size - kControl}, data[2],
                                            data[3] * std::size_t{2});
  support::List(data[0] & 1, options).check(text);
  support::check_xtext(text);
  return 0;
}
