// The table of the library's own replies.
#include "server/replies.h"

namespace ehlo {
namespace {

constexpr StandardReply kReplies[] = {
    {220, EHLO_ENHANCED_NONE, ""},
    {250, EHLO_ENHANCED_NONE, ""},
    {250, EHLO_ENHANCED_NONE, ""},
    {250, EHLO_ENHANCED_NONE, ""},
    {250, EHLO_ENHANCED(2, 1, 0), "Sender ok"},
    {250, EHLO_ENHANCED(2, 1, 5), "Recipient ok"},
    {354, EHLO_ENHANCED_NONE, "Start mail input; end with <CRLF>.<CRLF>"},
    {250, EHLO_ENHANCED(2, 0, 0), "Chunk ok"},
    {250, EHLO_ENHANCED(2, 0, 0), "Message accepted"},
    {250, EHLO_ENHANCED(2, 0, 0), "Reset"},
    {250, EHLO_ENHANCED(2, 0, 0), "Ok"},
    {214, EHLO_ENHANCED(2, 0, 0), "See RFC 5321"},
    {252, EHLO_ENHANCED(2, 0, 0), "Cannot verify, but will take mail and try"},
    {221, EHLO_ENHANCED(2, 0, 0), "Closing connection"},
    {220, EHLO_ENHANCED(2, 0, 0), "Ready to start TLS"},
    {235, EHLO_ENHANCED(2, 7, 0), "Authentication succeeded"},
    {454, EHLO_ENHANCED(4, 7, 0), "Authentication not available now"},
    {250, EHLO_ENHANCED(2, 0, 0), "Ok"},
};
static_assert(sizeof kReplies / sizeof kReplies[0] == static_cast<std::size_t>(Standard::count));

}  // namespace

const StandardReply& standard_reply(Standard reply) noexcept { return kReplies[static_cast<std::size_t>(reply)]; }

StandardReply error_reply(Error error) noexcept {
  const ErrorInfo& info = error_info(error);
  return {info.code, info.enhanced, info.text};
}

}  // namespace ehlo
