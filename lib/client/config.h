// An immutable client configuration, which many sessions share.
#pragma once

#include "base/allocator.h"
#include "base/references.h"
#include "ehlo_client_types.h"
#include "extension/own_rows.h"
#include "syntax/reply.h"
#include "wire/line_endings.h"

namespace ehlo {

using ClientOptions = ehlo_client_options;
ClientOptions default_client_options() noexcept;
// The name of the first field that is out of range; nullptr: none is. Static.
const char* wrong_option(const ClientOptions& options) noexcept;

class ClientConfig {
 public:
  // nullptr with EHLO_E_ARGUMENT for an option out of range, with EHLO_E_MEMORY where the allocator gives nothing.
  static ClientConfig* create(const ClientOptions& options, const Allocator& allocator, Error& error) noexcept;
  // The configuration is freed with its last reference: that of its maker or of a session.
  const ClientConfig& take() const noexcept {
    references_.take();
    return *this;
  }
  static void drop(const ClientConfig* config) noexcept;

  // The scalars as given, defaults filled in; its pointers are null.
  const ClientOptions& options() const noexcept { return options_; }
  bool lmtp() const noexcept { return options_.protocol != 0; }
  bool flag(std::uint32_t flag) const noexcept { return (options_.flags & flag) != 0; }
  LineEndings endings() const noexcept { return static_cast<LineEndings>(options_.data_endings); }
  Bytes hostname() const noexcept { return hostname_; }
  const OwnRows& rows() const noexcept { return rows_; }
  bool has_rows() const noexcept { return rows_.extension_count() + rows_.param_count() + rows_.verb_count() != 0; }

 private:
  ClientConfig() noexcept = default;

  // First, and what sessions read all the time is a cache line away: each new session writes it.
  References references_;
  Allocator allocator_{};
  std::size_t octets_ = 0;  // of the block that holds this object, the rows and the text
  Bytes hostname_;
  ClientOptions options_{};
  OwnRows rows_;
};

}  // namespace ehlo
