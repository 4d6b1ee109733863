// The reply to EHLO, kept for the session and for the questions of the program.
#include "client/announced.h"

#include <cstring>

namespace ehlo {
namespace {

template <class T>
constexpr std::size_t aligned(std::size_t octets) noexcept {
  return (octets + alignof(T) - 1) / alignof(T) * alignof(T);
}

}  // namespace

Error Announced::store(Bytes reply, std::uint32_t line_count, const HelloLines& lines, bool tls,
                       const ClientConfig& config, const Allocator& allocator) noexcept {
  esmtp_ = true;
  std::size_t octets = aligned<Span>(reply.size) + line_count * sizeof(Span);
  if (config.has_rows()) octets = aligned<AnnouncedRows>(octets) + sizeof(AnnouncedRows);
  if (octets > capacity_) {
    auto* text = static_cast<Octet*>(allocator.allocate(allocator.context, octets));
    if (text == nullptr) return EHLO_E_MEMORY;
    release(allocator);
    text_ = text;
    capacity_ = static_cast<std::uint32_t>(octets);
  }
  std::memcpy(text_, reply.data, reply.size);
  size_ = static_cast<std::uint32_t>(reply.size);
  tls_ = tls;
  capabilities_ = read_capabilities(this->reply(), lines, tls, config.rows().replaced_extensions());
  return EHLO_OK;
}

void Announced::forget() noexcept {
  keyword_count_ = 0;
  indexed_ = rows_read_ = false;
  size_ = 0;
  capabilities_ = {};
  esmtp_ = false;
}

void Announced::release(const Allocator& allocator) noexcept {
  if (text_ != nullptr) allocator.release(allocator.context, text_, capacity_);
}

Span* Announced::keywords() const noexcept { return reinterpret_cast<Span*>(text_ + aligned<Span>(size_)); }

// At the end of the block, which may be larger than this reply needs: a longer one came before.
AnnouncedRows* Announced::rows_room() const noexcept {
  return reinterpret_cast<AnnouncedRows*>(text_ + capacity_ - sizeof(AnnouncedRows));
}

KeywordIndex Announced::index() const noexcept {
  if (!indexed_ && size_ != 0) {
    keyword_count_ = KeywordIndex::build(reply(), keywords());
    indexed_ = true;
  }
  return {reply(), keywords(), keyword_count_};
}

const AnnouncedRows& Announced::rows(const ClientConfig& config) const noexcept {
  // RFC 5321 3.2: after HELO nothing is offered.
  if (!config.has_rows() || size_ == 0) return kNoAnnouncedRows;
  if (!rows_read_) *rows_room() = read_announced_rows(config.rows(), index(), capabilities_.usable, tls_);
  rows_read_ = true;
  return *rows_room();
}

}  // namespace ehlo
