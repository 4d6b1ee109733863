// The calls that a driver makes itself, of the core and of the C API, which have the same structs, so that one loop
// drives both; and owners of what the C API makes.
#pragma once

#include <memory>

#include "client_calls.h"
#include "counting_allocator.h"
#include "server/server.h"

namespace support {

template <auto release>
struct Release {
  template <class Object>
  void operator()(Object* object) const {
    release(object);
  }
};
template <class Object, auto release>
using Owner = std::unique_ptr<Object, Release<release>>;

using CServerConfig = Owner<ehlo_server_config, ehlo_server_config_free>;
using CServerOwner = Owner<ehlo_server, ehlo_server_free>;
using CClientConfig = Owner<ehlo_client_config, ehlo_client_config_free>;
using CClientOwner = Owner<ehlo_client, ehlo_client_free>;
using CEnvelope = Owner<ehlo_envelope, ehlo_envelope_free>;

inline const ehlo_server_event& c_of(const ehlo::Event& event) {
  return reinterpret_cast<const ehlo_server_event&>(event);
}
inline const ehlo_server_batch& c_of(const ehlo::Batch& batch) {
  return reinterpret_cast<const ehlo_server_batch&>(batch);
}
inline const ehlo_client_event& c_of(const ehlo::ClientEvent& event) {
  return reinterpret_cast<const ehlo_client_event&>(event);
}

// A session of the core with a configuration of its own, which is on the heap or `counted` by the test's allocator too.
template <class Session, class Config, bool counted>
struct HeldInCore {
  template <class Options>
  HeldInCore(const Options& options, const ehlo::Allocator& allocator = heap()) {
    ehlo::Error error{};
    held_config.reset(Config::create(options, counted ? allocator : heap(), error));
    if (held_config == nullptr) throw std::runtime_error("no configuration");
    held.reset(Session::create(*held_config, allocator));
    if (held == nullptr) throw std::bad_alloc();
  }
  Session* session() { return held.get(); }
  std::size_t longest_line() const { return held_config->longest_line(); }

  Owner<Config, Config::drop> held_config;
  Owner<Session, Session::destroy> held;
};

// A session of the C API that the test has made and releases.
template <class Session>
struct HeldByTest {
  HeldByTest(Session* given, const ehlo::Allocator& = heap()) : held(given) {}
  Session* session() { return held; }
  std::size_t longest_line() const { return SIZE_MAX; }

  Session* held;
};

struct CoreServer {
  using Session = ehlo::Server;
  using Held = HeldInCore<ehlo::Server, ehlo::Config, true>;
  static std::size_t receive(Session& s, ehlo::Bytes input, ehlo::Batch& batch) { return s.receive(input, batch); }
  static std::size_t output(Session& s, ehlo::Octet* out, std::size_t capacity) { return s.output(out, capacity); }
  static std::uint32_t wants(const Session& s) { return s.wants(); }
  static std::string_view protocol(const Session& s) { return s.protocol_name(); }
  static ehlo::Error accept(Session& s, std::uint32_t id) { return s.accept(id); }
};

struct CServer {
  using Session = ehlo_server;
  using Held = HeldByTest<ehlo_server>;
  // One with its configuration; null where the options are refused or there is no memory.
  struct Made {
    Made(const ehlo_server_options& options, const ehlo_allocator* allocator, std::int32_t* error = nullptr)
        : config(ehlo_server_config_new(&options, allocator, error)),
          made(config == nullptr ? nullptr : ehlo_server_new(config.get(), allocator)) {}

    CServerConfig config;
    CServerOwner made;
  };
  static std::size_t receive(Session& s, ehlo::Bytes input, ehlo::Batch& batch) {
    return ehlo_server_receive(&s, input.data, input.size, reinterpret_cast<ehlo_server_batch*>(&batch));
  }
  static std::size_t output(Session& s, ehlo::Octet* out, std::size_t capacity) {
    return ehlo_server_output(&s, out, capacity);
  }
  static std::uint32_t wants(const Session& s) { return ehlo_server_wants(&s); }
  static std::string_view protocol(const Session& s) { return ehlo_server_protocol_name(&s); }
  static ehlo::Error accept(Session& s, std::uint32_t id) {
    return static_cast<ehlo::Error>(ehlo_server_accept(&s, id));
  }
};

struct CoreClient {
  using Session = ehlo::Client;
  using Calls = ClientCalls;
  using Held = HeldInCore<ehlo::Client, ehlo::ClientConfig, false>;
  static std::size_t receive(Session& s, ehlo::Bytes input, ehlo::ClientBatch& batch) {
    return s.receive(input, batch);
  }
  static std::size_t output(Session& s, ehlo::Octet* out, std::size_t capacity) {
    return ehlo::take_output(s.session(), out, capacity);
  }
  static std::uint32_t wants(const Session& s) { return s.wants(); }
  static ehlo::Error body(Session& s, ehlo::Bytes content, bool last, ehlo::SpanList& spans, std::size_t& consumed) {
    return ehlo::give_body(s.session(), content, last, spans, consumed);
  }
  static ehlo::Error body_copy(Session& s, ehlo::Bytes content, bool last, ehlo::Octet* out, std::size_t capacity,
                               std::size_t& written, std::size_t& consumed) {
    return ehlo::copy_body(s.session(), content, last, out, capacity, written, consumed);
  }
};

struct CClient {
  using Session = ehlo_client;
  using Calls = ehlo_client*;
  using Held = HeldByTest<ehlo_client>;
  struct Made {
    Made(const ehlo_client_options& options, const ehlo_allocator* allocator, std::int32_t* error = nullptr)
        : config(ehlo_client_config_new(&options, allocator, error)),
          made(config == nullptr ? nullptr : ehlo_client_new(config.get(), allocator)) {}

    CClientConfig config;
    CClientOwner made;
  };
  static std::size_t receive(Session& s, ehlo::Bytes input, ehlo::ClientBatch& batch) {
    return ehlo_client_receive(&s, input.data, input.size, reinterpret_cast<ehlo_client_batch*>(&batch));
  }
  static std::size_t output(Session& s, ehlo::Octet* out, std::size_t capacity) {
    return ehlo_client_output(&s, out, capacity);
  }
  static std::uint32_t wants(const Session& s) { return ehlo_client_wants(&s); }
  static ehlo::Error body(Session& s, ehlo::Bytes content, bool last, ehlo::SpanList& spans, std::size_t& consumed) {
    return static_cast<ehlo::Error>(ehlo_client_body(&s, content.data, content.size, last,
                                                     reinterpret_cast<ehlo_span*>(spans.items), spans.cap, &spans.count,
                                                     &consumed));
  }
  static ehlo::Error body_copy(Session& s, ehlo::Bytes content, bool last, ehlo::Octet* out, std::size_t capacity,
                               std::size_t& written, std::size_t& consumed) {
    return static_cast<ehlo::Error>(
        ehlo_client_body_copy(&s, content.data, content.size, last, out, capacity, &written, &consumed));
  }
};

}  // namespace support
