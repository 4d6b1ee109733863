// The sending side of the engines.
#pragma once

#include <memory>

#include "engine.h"

namespace vectors {

// nullptr: the host name cannot be sent.
std::unique_ptr<Sender> make_capi_sender(const SenderSetup& setup, std::string_view hostname);
std::unique_ptr<Sender> make_core_sender(const SenderSetup& setup, std::string_view hostname);

std::int32_t capi_parse_reply(std::string_view octets, const ReplyLimits& limits, ParsedReply& reply, std::size_t& at);
std::int32_t core_parse_reply(std::string_view octets, const ReplyLimits& limits, ParsedReply& reply, std::size_t& at);
std::int32_t capi_parse_hello(std::string_view octets, bool tls, const ReplyLimits& limits, ParsedHello& hello);
std::int32_t core_parse_hello(std::string_view octets, bool tls, const ReplyLimits& limits, ParsedHello& hello);

}  // namespace vectors
