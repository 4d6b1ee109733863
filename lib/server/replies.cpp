// The table of the library's own replies.
#include "server/replies.h"

namespace ehlo {
namespace {

constexpr StandardReply kReplies[] = {
    {220, {}, ""},
    {250, {}, ""},
    {250, {}, ""},
    {250, {}, ""},
    {250, {2, 1, 0}, "Sender ok"},
    {250, {2, 1, 5}, "Recipient ok"},
    {354, {}, "Start mail input; end with <CRLF>.<CRLF>"},
    {250, {2, 0, 0}, "Chunk ok"},
    {250, {2, 0, 0}, "Message accepted"},
    {250, {2, 0, 0}, "Reset"},
    {250, {2, 0, 0}, "Ok"},
    {214, {2, 0, 0}, "See RFC 5321"},
    {252, {2, 0, 0}, "Cannot verify, but will take mail and try"},
    {221, {2, 0, 0}, "Closing connection"},
    {220, {2, 0, 0}, "Ready to start TLS"},
    {235, {2, 7, 0}, "Authentication succeeded"},
    {454, {4, 7, 0}, "Authentication not available now"},
    {250, {2, 0, 0}, "Ok"},
};
static_assert(sizeof kReplies / sizeof kReplies[0] == static_cast<std::size_t>(Standard::count));

}  // namespace

const StandardReply& standard_reply(Standard reply) noexcept { return kReplies[static_cast<std::size_t>(reply)]; }

StandardReply error_reply(Error error) noexcept {
  const ErrorInfo& info = error_info(error);
  return {info.code, parse_enhanced(info.enhanced).value_or(EnhancedCode{}), info.text};
}

}  // namespace ehlo
