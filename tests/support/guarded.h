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
    resize(octets.size());
    if (size_ != 0) std::memcpy(end() - size_, octets.data(), size_);
  }
  // Room to be written to, with no octet to spare.
  unsigned char* room(std::size_t octets) {
    resize(octets);
    return end() - size_;
  }

  const unsigned char* data() const { return end() - size_; }
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
  }
  void resize(std::size_t octets) {
    if (base_ == nullptr || octets > readable_) map(octets);
    const std::size_t before = size_;
    size_ = octets > before ? octets : before;
    watch();
    std::memset(end() - size_, 0xEE, size_);
    size_ = octets;
    watch();
  }
  void unmap() {
    if (base_ == nullptr) return;
    size_ = readable_;
    watch();
    munmap(base_, mapped_);
    base_ = nullptr;
  }
  // A sanitizer sees what is read before the octets, too.
  void watch() {
#if defined(EHLO_WATCHED)
    ASAN_POISON_MEMORY_REGION(base_, readable_ - size_);
    ASAN_UNPOISON_MEMORY_REGION(end() - size_, size_);
#endif
  }
  unsigned char* end() const { return base_ + readable_; }

  unsigned char* base_ = nullptr;
  std::size_t readable_ = 0;
  std::size_t mapped_ = 0;
  std::size_t size_ = 0;
};

}  // namespace support
