// JSON as the testees of the vectors speak it: written straight into a string, octets as characters U+0000..U+00FF.
#pragma once

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace support {

class JsonText {
 public:
  void open(char bracket) {
    separate();
    text_ += bracket;
    fresh_ = true;
  }
  void close(char bracket) {
    text_ += bracket;
    fresh_ = false;
  }
  // The value is to follow.
  void key(std::string_view name) {
    separate();
    ((text_ += '"') += name) += "\":";
    fresh_ = true;
  }
  void open(std::string_view name, char bracket) {
    key(name);
    open(bracket);
  }
  void number(std::uint64_t value) {
    char digits[20];
    word({digits, static_cast<std::size_t>(std::to_chars(digits, digits + sizeof digits, value).ptr - digits)});
  }
  void word(std::string_view value) {  // true, false, null, or what is JSON already
    separate();
    text_ += value;
  }
  void octets(std::string_view value) {
    separate();
    text_ += '"';
    std::size_t plain = 0;
    for (std::size_t i = 0; i < value.size(); ++i) {
      const auto c = static_cast<unsigned char>(value[i]);
      if (kPlain[c]) continue;
      text_.append(value, plain, i - plain);
      escape(c);
      plain = i + 1;
    }
    text_.append(value, plain);
    text_ += '"';
  }

  // The number of a field where 0 is not the default.
  void number(std::string_view name, std::uint64_t value) {
    key(name);
    number(value);
  }
  // Fields of the open object. What is zero or absent is left out.
  void field(std::string_view name, std::uint64_t value) {
    if (value == 0) return;
    key(name);
    number(value);
  }
  void field(std::string_view name, const std::optional<std::string_view>& value) {
    if (!value) return;
    key(name);
    octets(*value);
  }
  template <class List>
  void list(std::string_view name, const List& values) {
    open(name, '[');
    for (const std::string_view value : values) octets(value);
    close(']');
  }
  void flag(std::string_view name, bool value) {
    if (!value) return;
    key(name);
    word("true");
  }

  const std::string& text() const { return text_; }
  std::size_t size() const { return text_.size(); }
  // Takes back what was written after the first `size` octets, which end with a value or an opening bracket.
  void cut(std::size_t size) {
    text_.resize(size);
    fresh_ = size == 0 || text_.back() == '[' || text_.back() == '{' || text_.back() == ':';
  }
  void clear() { cut(0); }

 private:
  void separate() {
    if (!fresh_) text_ += ',';
    fresh_ = false;
  }
  void escape(unsigned char c) {
    constexpr char kHex[] = "0123456789abcdef";
    if (c >= 0x80)
      (text_ += static_cast<char>(0xC0 | c >> 6)) += static_cast<char>(0x80 | (c & 0x3F));
    else if (c == '"' || c == '\\')
      (text_ += '\\') += static_cast<char>(c);
    else if (c == '\r' || c == '\n')
      text_ += c == '\r' ? "\\r" : "\\n";
    else
      ((text_ += "\\u00") += kHex[c >> 4]) += kHex[c & 15];
  }

  static constexpr std::array<bool, 256> kPlain = [] {
    std::array<bool, 256> plain{};
    for (std::size_t c = 0x20; c < 0x80; ++c) plain[c] = c != '"' && c != '\\';
    return plain;
  }();

  std::string text_;
  bool fresh_ = true;
};

// The octets of text that a JSON parser gave, as UTF-8. Nothing: a character above U+00FF.
inline std::optional<std::string> octets_of_text(std::string_view utf8) {
  const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  std::string octets;
  for (auto next = utf8.begin();;) {
    const auto ascii = next;
    while (next != utf8.end() && is_ascii(*next)) ++next;
    octets.append(ascii, next);
    if (next == utf8.end()) return octets;
    // U+0080..U+00FF are C2 80..BF and C3 80..BF.
    const auto c = static_cast<unsigned char>(*next++);
    if ((c != 0xC2 && c != 0xC3) || next == utf8.end()) return std::nullopt;
    octets += static_cast<char>((c & 0x03) << 6 | (static_cast<unsigned char>(*next++) & 0x3F));
  }
}

}  // namespace support
