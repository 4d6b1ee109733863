// SASL messages.
#include "sasl.h"

namespace vectors {

std::optional<Bytes> base64_of(std::string_view text) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  Bytes octets;
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t value = i < text.size() - padding ? kAlphabet.find(text[i]) : 0;
    if (value == kAlphabet.npos) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    if (i % 4 != 3) continue;
    for (const int shift : {16, 8, 0}) octets += static_cast<char>(bits >> shift & 0xFF);
    bits = 0;
  }
  for (std::size_t i = octets.size() - padding; i < octets.size(); ++i)
    if (octets[i] != '\0') return std::nullopt;  // bits that stand for nothing
  octets.resize(octets.size() - padding);
  return octets;
}

std::optional<Plain> plain_of(std::string_view message) {
  const std::size_t first = message.find('\0');
  const std::size_t second = first == message.npos ? first : message.find('\0', first + 1);
  if (second == message.npos) return std::nullopt;
  Plain plain{Bytes(message.substr(0, first)), Bytes(message.substr(first + 1, second - first - 1)),
              Bytes(message.substr(second + 1))};
  if (plain.authcid.empty() || plain.passwd.empty() || plain.passwd.find('\0') != Bytes::npos) return std::nullopt;
  return plain;
}

}  // namespace vectors
