// Objects that all threads share: configurations of both roles and envelopes, made once and then only read.
#pragma once

#include <atomic>
#include <cstdlib>

#include "support/client_link.h"
#include "support/link.h"
#include "support/own_rows.h"

namespace threads {

using namespace support;

// A kind of dialogue: DATA or BDAT, and whether commands are pipelined.
struct Manner {
  const char* name;
  std::uint32_t protocol;
  std::uint32_t client_flags;
  std::uint32_t data_endings;
  const char* with;  // protocol of the "with" clause (RFC 3848)
};
inline constexpr Manner kManners[] = {
    {"DATA", EHLO_PROTOCOL_SMTP, 0, EHLO_ENDING_REJECT, "UTF8SMTPA"},
    {"BDAT", EHLO_PROTOCOL_SMTP, EHLO_CLIENT_FLAG_CHUNKING, EHLO_ENDING_REJECT, "UTF8SMTPA"},
    {"LMTP", EHLO_PROTOCOL_LMTP, 0, EHLO_ENDING_NORMALIZE, "UTF8LMTPA"},
    {"one at a time", EHLO_PROTOCOL_SMTP, EHLO_CLIENT_FLAG_NO_PIPELINING, EHLO_ENDING_NORMALIZE, "UTF8SMTPA"},
};

// Memory for objects that any thread may free.
class SharedMemory {
 public:
  const ehlo_allocator* get() const { return &allocator_; }
  std::int64_t blocks() const { return blocks_; }

 private:
  ehlo_allocator allocator_{[](void* self, std::size_t octets) {
                              ++static_cast<SharedMemory*>(self)->blocks_;
                              return std::malloc(octets);
                            },
                            [](void* self, void* memory, std::size_t) {
                              --static_cast<SharedMemory*>(self)->blocks_;
                              std::free(memory);
                            },
                            this};
  std::atomic<std::int64_t> blocks_ = 0;
};

class Shared {
 public:
  explicit Shared(const ehlo_allocator* allocator = nullptr) : allocator_(allocator) {
    for (const Manner& manner : kManners) {
      servers_.push_back(server(manner));
      clients_.push_back(client(manner));
    }
    envelope_ = envelope();
  }

  bool complete() const {
    for (const CServerConfig& config : servers_)
      if (config == nullptr) return false;
    for (const CClientConfig& config : clients_)
      if (config == nullptr) return false;
    return ehlo_envelope_count(envelope_.get()) == 3;
  }
  const ehlo_server_config* server_of(std::size_t manner) const { return servers_[manner].get(); }
  const ehlo_client_config* client_of(std::size_t manner) const { return clients_[manner].get(); }
  const ehlo_envelope* letter() const { return envelope_.get(); }

 private:
  static constexpr ehlo_extension_row kExtensions[] = {support::own_extension("XOFFER")};
  static constexpr ehlo_param_row kParams[] = {
      support::own_param("XOFFER", "XOFFER", EHLO_PARAM_OF_MAIL, EHLO_KIND_TEXT, EHLO_VALUE_OPTIONAL, 0, 40)};
  static constexpr ehlo_rows kRows = support::rows_of(kExtensions, 1, kParams, 1, nullptr, 0);

  CServerConfig server(const Manner& manner) const {
    ehlo_server_options options = capi_options();
    options.mechanisms = "PLAIN";
    options.extensions |= EHLO_EXT_BIT(EHLO_EXT_AUTH);
    options.flags = EHLO_SERVER_FLAG_REQUIRE_AUTH | EHLO_SERVER_FLAG_PLAINTEXT_AUTH;
    options.protocol = manner.protocol;
    options.rows = &kRows;
    return CServerConfig(ehlo_server_config_new(&options, allocator_, nullptr));
  }

  CClientConfig client(const Manner& manner) const {
    ehlo_client_options options = capi_client_options();
    options.protocol = manner.protocol;
    options.flags = manner.client_flags | EHLO_CLIENT_FLAG_PLAINTEXT_AUTH;
    options.rows = &kRows;
    options.data_endings = manner.data_endings;
    return CClientConfig(ehlo_client_config_new(&options, allocator_, nullptr));
  }

  CEnvelope envelope() const {
    static constexpr std::string_view kSender = "s\xC3\xBC@c.test";
    const ehlo_param_text params[] = {{"XOFFER", 6, "1", 1}, {"RET", 3, "HDRS", 4}};
    ehlo_envelope_options options;
    ehlo_envelope_options_init(&options, sizeof options);
    options.config = clients_.front().get();
    options.sender = kSender.data();
    options.sender_length = kSender.size();
    options.params = params;
    options.param_count = std::size(params);
    CEnvelope made(ehlo_envelope_new(&options, allocator_, nullptr));
    for (const std::string_view recipient : {"yes@mx.test", "no@mx.test", "\"a b\"@mx.test"})
      ehlo_envelope_add(made.get(), recipient.data(), recipient.size(), nullptr, 0);
    return made;
  }

  const ehlo_allocator* allocator_;
  std::vector<CServerConfig> servers_;
  std::vector<CClientConfig> clients_;
  CEnvelope envelope_;
};

}  // namespace threads
