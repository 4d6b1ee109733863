// Two sessions that get the same calls, except those that the first one refused: a refused call must change nothing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "calls.h"
#include "exact_copy.h"
#include "options_block.h"
#include "support/api.h"

namespace support {

struct ServerRole : CServer {
  using Options = ehlo_server_options;
  static constexpr auto init = ehlo_server_options_init;
  static constexpr auto longest = ehlo_server_config_max_line;
  static constexpr auto facts = ehlo_server_facts;
  static constexpr auto timeout = ehlo_server_timeout;
  static constexpr auto release = ehlo_server_release;
};
struct ClientRole : CClient {
  using Options = ehlo_client_options;
  static constexpr auto init = ehlo_client_options_init;
  static constexpr auto longest = ehlo_client_config_max_reply;
  static constexpr auto facts = ehlo_client_facts;
  static constexpr auto timeout = ehlo_client_timeout;
  static constexpr auto release = ehlo_client_release;
};

template <class Role>
class MirroredSessions {
 protected:
  using Session = typename Role::Session;
  using Errors = std::initializer_list<std::int32_t>;

  MirroredSessions(Calls& calls, const typename Role::Options& options) : calls_(calls) {
    OptionsBlock block(calls, options, Role::init);
    const auto whole = block.whole(Role::init);
    std::int32_t error = 1, other_error = 1;
    const typename Role::Made& one = one_.emplace(*block.get(), memory_.get(), calls.one_in(4) ? nullptr : &error);
    require(block.good() || (one.config == nullptr && (error == EHLO_E_ARGUMENT || error == 1)),
            "a bad size is reported");
    if (!block.good()) return;
    const typename Role::Made& other = other_.emplace(whole, other_memory_.get(), &other_error);
    require((one.config == nullptr) == (other.config == nullptr) && (error == 1 || error == other_error),
            "an older struct means the same as a whole one");
    require_named(other_error, {EHLO_E_ARGUMENT, EHLO_E_MEMORY});
    require((other.config == nullptr) == (other_error != EHLO_OK), "a configuration or an error");
    if (one.config == nullptr) return;
    require(Role::longest(one.config.get()) == Role::longest(other.config.get()), "both wait for the same input");
    require((one.made == nullptr) == (other.made == nullptr), "both sessions are there");
  }

  bool are_there() const { return other_ && other_->made != nullptr; }
  Session* session() const { return one_->made.get(); }
  Session* other() const { return other_->made.get(); }

  // A call that may be refused; then the other session does not get it.
  template <class Call>
  bool call(Call call, Errors named) {
    memory_.set_dry(dry_);
    const std::int32_t error = call(session());
    require(error != EHLO_E_MEMORY || memory_.dry(), "there is memory");
    memory_.set_dry(false);
    require_named(error, named);
    if (error != EHLO_OK) return false;
    require(call(other()) == EHLO_OK, "a call that was refused has changed nothing");
    return true;
  }
  void release() {
    released_ = call(Role::release, {EHLO_E_STATE});
    require(!released_ || Role::wants(*session()) == 0, "a session that was released wants nothing");
  }

  void compare() const {
    require(Role::wants(*session()) == Role::wants(*other()), "both want the same");
    require(Role::facts(session()) == Role::facts(other()), "both know the same");
    const ehlo_timeout a = Role::timeout(session()), b = Role::timeout(other());
    require(a.kind == b.kind && a.seconds == b.seconds, "both wait as long");
  }

  // Shows both the same part of the input. `Batch` is that of the role.
  template <class Batch>
  void receive_both(std::size_t size, Batch& a, Batch& b) {
    const ExactCopy shown(std::string_view(inbox_).substr(0, size));
    const std::size_t used = a.receive(session(), shown);
    require(b.receive(other(), shown) == used, "both consume the same");
    require(a.batch.error == EHLO_OK && b.batch.error == EHLO_OK && used <= size, "what was shown can be consumed");
    require(a.batch.event_count == b.batch.event_count && a.batch.event_count <= a.batch.event_cap,
            "both report as many events");
    a.require_same_as(b);
    inbox_.erase(0, used);
  }
  std::size_t some_of_inbox(bool whole) {
    return whole ? inbox_.size() : std::min<std::size_t>(inbox_.size(), calls_.octet());
  }
  // Arrays that are too small: nothing happens.
  template <class Batch>
  void receive_badly(Batch& bad) {
    const ExactCopy shown(inbox_);
    require(bad.receive(session(), shown) == 0, "nothing is consumed");
    require(bad.batch.error == EHLO_E_ARGUMENT && bad.batch.event_count == 0, "an array that is too small is reported");
  }

  std::size_t output(std::size_t capacity) {
    const std::unique_ptr<ehlo::Octet[]> a(capacity == 0 ? nullptr : new ehlo::Octet[capacity]);
    const std::unique_ptr<ehlo::Octet[]> b(capacity == 0 ? nullptr : new ehlo::Octet[capacity]);
    const std::size_t size = Role::output(*session(), a.get(), capacity);
    require(size <= capacity && Role::output(*other(), b.get(), capacity) == size, "both write as many octets");
    require_same(ehlo::Bytes{a.get(), size}.text(), ehlo::Bytes{b.get(), size}.text(), "both write the same");
    return size;
  }

  template <class Item>
  static bool same(const std::vector<Item>& a, const std::vector<Item>& b, std::size_t count) {
    return count == 0 || std::memcmp(a.data(), b.data(), count * sizeof(Item)) == 0;
  }

  Calls& calls_;
  CountingAllocator memory_ = CountingAllocator::failing(0), other_memory_ = CountingAllocator::failing(0);
  std::optional<typename Role::Made> one_, other_;
  std::string inbox_;
  bool dry_ = false;  // calls that may report EHLO_E_MEMORY get no memory
  bool released_ = false;
};

}  // namespace support
