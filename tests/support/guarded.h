// Octets whose end is the end of readable memory: a parser that reads one octet too far crashes instead of passing.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <new>
#include <string_view>

#if defined(__SANITIZE_ADDRESS__)
#define EHLO_WATCHED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define EHLO_WATCHED 1
#endif
#endif
#if defined(EHLO_WATCHED)
#include <sanitizer/asan_interface.h>
#endif

namespace support {

// May be filled again and again. Each filling ends at the guard page and overwrites what was there before, so a view
// that somebody kept from an earlier filling shows other octets (so no filling may be a part of the one before).
class GuardedBytes {
 public:
  GuardedBytes() = default;
  explicit GuardedBytes(std::string_view octets) { assign(octets); }
  ~GuardedBytes() { unmap(); }
  GuardedBytes(const GuardedBytes&) = delete;
  GuardedBytes& operator=(const GuardedBytes&) = delete;

  void assign(std::string_view octets) {
    unsigned char* const begin = room(octets.size());
    if (size_ != 0) std::memcpy(begin, octets.data(), size_);
  }
  // Room to be written to, with no octet to spare.
  unsigned char* room(std::size_t octets) {
    if (base_ == nullptr || octets > readable_) map(octets);
    const std::size_t used = octets > size_ ? octets : size_;
    unsigned char* const first = begin_of(used);
    const auto span = static_cast<std::size_t>(base_ + readable_ - first);
    watch(first, span, false);
    std::memset(first, 0xEE, span);
    watch(first, span, true);
    size_ = octets;
    watch(begin_of(size_), size_, false);
    return begin_of(size_);
  }

  const unsigned char* data() const { return begin_of(size_); }
  std::size_t size() const { return size_; }
  std::string_view view() const { return {reinterpret_cast<const char*>(data()), size_}; }

 private:
  void map(std::size_t wanted) {
    const std::size_t page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    const std::size_t readable = (wanted / page + 1) * page;
    void* memory = mmap(nullptr, readable + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    auto* base = static_cast<unsigned char*>(memory);
    if (mprotect(base + readable, page, PROT_NONE) != 0) {
      munmap(memory, readable + page);
      throw std::bad_alloc();
    }
    unmap();
    base_ = base;
    readable_ = readable;
    mapped_ = readable + page;
    size_ = 0;
    watch(base_, readable_, true);
  }
  void unmap() {
    if (base_ == nullptr) return;
    watch(base_, readable_, false);
    munmap(base_, mapped_);
    base_ = nullptr;
  }
  // A sanitizer sees what is read before the octets, too. It knows whole words from their beginning on, so there the
  // octets begin with one.
#if defined(EHLO_WATCHED)
  unsigned char* begin_of(std::size_t octets) const { return base_ + readable_ - (octets + 7) / 8 * 8; }
  static void watch(unsigned char* begin, std::size_t octets, bool closed) {
    if (closed)
      ASAN_POISON_MEMORY_REGION(begin, octets);
    else
      ASAN_UNPOISON_MEMORY_REGION(begin, octets);
  }
#else
  unsigned char* begin_of(std::size_t octets) const { return base_ + readable_ - octets; }
  static void watch(unsigned char*, std::size_t, bool) {}
#endif

  unsigned char* base_ = nullptr;
  std::size_t readable_ = 0;
  std::size_t mapped_ = 0;
  std::size_t size_ = 0;
};

}  // namespace support
