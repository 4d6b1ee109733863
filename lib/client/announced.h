// What the server announced in its reply to EHLO or LHLO: the reply itself, the extensions that may be used, an
// index of its keywords, and which of the program's own rows are offered.
#pragma once

#include "base/allocator.h"
#include "client/announced_rows.h"
#include "client/config.h"
#include "extension/capabilities.h"

namespace ehlo {

class Announced {
 public:
  // Keeps the reply of `line_count` lines and reads what the library knows of it. EHLO_E_MEMORY.
  Error store(Bytes reply, std::uint32_t line_count, const HelloLines& lines, bool tls, const ClientConfig& config,
              const Allocator& allocator) noexcept;
  // Nothing is announced: before EHLO, after HELO and after STARTTLS.
  void forget() noexcept;
  void release(const Allocator& allocator) noexcept;

  // EHLO or LHLO was taken.
  bool esmtp() const noexcept { return esmtp_; }
  const Capabilities& capabilities() const noexcept { return capabilities_; }
  ExtensionSet usable() const noexcept { return capabilities_.usable; }
  bool can_use(ExtensionId id) const noexcept { return has(capabilities_.usable, id); }
  Bytes reply() const noexcept { return {text_, size_}; }

  // Whether the keyword stands in the reply; `arguments` is what follows it there.
  bool find(Bytes keyword, Span& arguments) const noexcept { return index().find(keyword, arguments); }
  // Of the rows of `config`, which store() was given too.
  const AnnouncedRows& rows(const ClientConfig& config) const noexcept;

 private:
  KeywordIndex index() const noexcept;
  Span* keywords() const noexcept;
  AnnouncedRows* rows_room() const noexcept;

  Capabilities capabilities_;
  // One block: the reply, behind it room for the index, and at its end room for the AnnouncedRows if the configuration
  // has rows. Index and rows are made when they are first asked for, since most programs never ask.
  Octet* text_ = nullptr;
  std::uint32_t size_ = 0, capacity_ = 0;
  mutable std::uint32_t keyword_count_ = 0;
  mutable bool indexed_ = false, rows_read_ = false;
  bool esmtp_ = false;
  bool tls_ = false;
};

}  // namespace ehlo
