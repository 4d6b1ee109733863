// What a program around a session has to do, whatever its role: keep the tail of its input, show it, hand over arrays,
// take output. All of it is memory that ends at a guard page and is gone after the call.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "api.h"
#include "guarded.h"
#include "properties.h"

namespace support {

class Port {
 public:
  Port() = default;
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

  // Octets that have arrived.
  void show(std::string_view octets) { tail_ += octets; }
  const std::string& tail() const { return tail_; }
  const std::string& wire() const { return wire_; }  // all that was said
  std::string take_wire() { return std::exchange(wire_, {}); }

 protected:
  enum Place { kInput, kEvents, kSpans, kParams, kOutput, kContent, kPlaces };

  ~Port() = default;

  static GuardedBytes& memory(Place place) {
    thread_local GuardedBytes all[kPlaces];
    return all[place];
  }
  template <class Item>
  static Item* array(Place place, std::size_t count) {
    return reinterpret_cast<Item*>(memory(place).room(count * sizeof(Item)));
  }
  // Octets in a call.
  static ehlo::Bytes placed(Place place, std::string_view octets) {
    memory(place).assign(octets);
    return {memory(place).data(), octets.size()};
  }

  template <class Api>
  std::string_view take_output_of(typename Api::Session& session, std::size_t capacity) {
    const bool promised = (Api::wants(session) & EHLO_WANT_OUTPUT) != 0;
    ehlo::Octet* const out = array<ehlo::Octet>(kOutput, capacity);
    const std::size_t count = Api::output(session, out, capacity);
    require(count <= capacity, "no more is written than there is room");
    require((count != 0) == promised || capacity == 0, "there is output exactly when the session says so");
    wire_.append(reinterpret_cast<const char*>(out), count);
    return {reinterpret_cast<const char*>(out), count};
  }

  std::string tail_, wire_;
};

}  // namespace support
