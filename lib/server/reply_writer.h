// Renders replies when the program asks for output, straight into its buffer.
#pragma once

#include "server/config.h"
#include "server/reply_queue.h"
#include "server/text_store.h"

namespace ehlo {

// Writes as many of the decided replies at the front of the queue as the capacity holds, and removes them from it. The
// last may be written in part: the queue keeps how far. Gives the octets written.
std::size_t write_replies(const Config& config, bool tls, ReplyQueue& queue, TextStore& texts, Octet* out,
                          std::size_t capacity) noexcept;

}  // namespace ehlo
