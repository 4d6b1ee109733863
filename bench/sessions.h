// A server and a client session in memory that are shown input in pieces of a given size, and the memory that they use.
#pragma once

#include <stdlib.h>

#include <cstdint>
#include <functional>
#include <string_view>

#include "ehlo.h"

namespace bench {

inline constexpr std::size_t kRead = 1448;  // the payload of one Ethernet frame

// The memory that the library has allocated and not released.
struct Held {
  static void* allocate(void* context, size_t octets) {
    static_cast<Held*>(context)->octets += octets;
    return malloc(octets);
  }
  static void release(void* context, void* memory, size_t octets) {
    if (memory != nullptr) static_cast<Held*>(context)->octets -= octets;
    free(memory);
  }
  ehlo_allocator allocator() { return {allocate, release, this}; }
  std::size_t octets = 0;
};

// A server whose program gives no answers, like one that only counts messages, unless `answer` gives them.
class Server {
 public:
  explicit Server(const std::function<void(ehlo_server_options&)>& configure = nullptr) {
    ehlo_server_options options;
    ehlo_server_options_init(&options, sizeof options);
    options.hostname = "mx.example";
    options.asks = 0;
    options.max_idle_commands = 0;
    options.max_errors = 0;
    options.max_line_octets = 65536;
    if (configure) configure(options);
    config_ = ehlo_server_config_new(&options, nullptr, nullptr);
    const ehlo_allocator allocator = held_.allocator();
    server_ = ehlo_server_new(config_, &allocator);
    show("", 1);
    show(options.protocol == EHLO_PROTOCOL_LMTP ? "LHLO client.example\r\n" : "EHLO client.example\r\n", kRead);
  }
  ~Server() {
    ehlo_server_free(server_);
    ehlo_server_config_free(config_);
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Shows the input in reads of `cut` octets. Octets that were not consumed are shown again, with those that follow.
  void show(std::string_view input, std::size_t cut) {
    std::size_t begin = 0, end = 0;
    do {
      end += cut < input.size() - end ? cut : input.size() - end;
      for (;;) {
        const std::size_t used = ehlo_server_receive(server_, input.data() + begin, end - begin, &batch_);
        for (std::uint32_t i = 0; i < batch_.event_count; ++i) count(events_[i]);
        begin += used;
        if (takes_output) take_output(sizeof out_);
        if (used == 0 && batch_.event_count == 0) break;
        // If the arrays were not full, the session holds no events back.
        const bool full = batch_.span_count > kSpans / 2 || batch_.event_count > kEvents / 2;
        if (begin == end && !full && (ehlo_server_wants(server_) & EHLO_WANT_OUTPUT) == 0) break;
      }
    } while (end < input.size());
  }

  // Takes all output, in pieces of at most `capacity` octets.
  void take_output(std::size_t capacity) {
    while (const std::size_t octets = ehlo_server_output(server_, out_, capacity)) written_ += octets;
  }

  std::function<void(ehlo_server*, const ehlo_server_event&)> answer;
  bool takes_output = true;  // as soon as there is some
  ehlo_server* session() { return server_; }
  std::uint64_t written() const { return written_; }
  std::uint64_t octets() const { return octets_; }
  std::uint64_t messages() const { return messages_; }
  std::uint64_t commands() const { return commands_; }
  std::size_t held() const { return held_.octets; }

 private:
  void count(const ehlo_server_event& event) {
    messages_ += event.type == EHLO_SERVER_EVENT_MESSAGE;
    commands_ += event.verb == EHLO_VERB_NOOP;
    if (answer) answer(server_, event);
    for (std::uint32_t k = 0; k < event.body.count; ++k) octets_ += spans_[event.body.first + k].len;
  }

  static constexpr std::uint32_t kEvents = 32, kSpans = 256, kParams = 64;
  Held held_;
  ehlo_server_event events_[kEvents];
  ehlo_span spans_[kSpans];
  ehlo_param params_[kParams];
  char out_[4096];
  ehlo_server_batch batch_{
      events_, spans_, params_, sizeof(ehlo_server_event), kEvents, 0, kSpans, 0, sizeof(ehlo_param), kParams, 0, 0, 0};
  ehlo_server_config* config_ = nullptr;
  ehlo_server* server_ = nullptr;
  std::uint64_t octets_ = 0, messages_ = 0, commands_ = 0, written_ = 0;
};

// A client that has sent EHLO.
class Client {
 public:
  explicit Client(const std::function<void(ehlo_client_options&)>& configure = nullptr) {
    ehlo_client_options options;
    ehlo_client_options_init(&options, sizeof options);
    options.hostname = "client.example";
    options.replies = {65536, 4096, 65536};
    if (configure) configure(options);
    config_ = ehlo_client_config_new(&options, nullptr, nullptr);
    const ehlo_allocator allocator = held_.allocator();
    client_ = ehlo_client_new(config_, &allocator);
    ehlo_client_open(client_);
    show("220 mx.example ESMTP\r\n", kRead);
  }
  ~Client() {
    ehlo_client_free(client_);
    ehlo_client_config_free(config_);
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void hello() {
    ehlo_client_hello(client_, EHLO_VERB_EHLO);
    take_output();
  }
  void show(std::string_view input, std::size_t cut) {
    std::size_t begin = 0, end = 0;
    do {
      end += cut < input.size() - end ? cut : input.size() - end;
      do {
        begin += ehlo_client_receive(client_, input.data() + begin, end - begin, &batch_);
        for (std::uint32_t i = 0; i < batch_.event_count; ++i) {
          ready_ += events_[i].type == EHLO_CLIENT_EVENT_READY;
          outcomes_ += events_[i].type == EHLO_CLIENT_EVENT_OUTCOME;
        }
        take_output();
      } while (ehlo_client_wants(client_) & EHLO_WANT_EVENTS);
    } while (end < input.size());
  }
  void take_output() {
    while (const std::size_t octets = ehlo_client_output(client_, out_, sizeof out_)) written_ += octets;
  }

  ehlo_client* session() { return client_; }
  std::uint64_t written() const { return written_; }
  std::uint64_t outcomes() const { return outcomes_; }
  std::uint64_t ready() const { return ready_; }
  std::size_t held() const { return held_.octets; }

 private:
  static constexpr std::uint32_t kEvents = 32;
  Held held_;
  ehlo_client_event events_[kEvents];
  char out_[4096];
  ehlo_client_batch batch_{events_, sizeof(ehlo_client_event), kEvents, 0, 0};
  ehlo_client_config* config_ = nullptr;
  ehlo_client* client_ = nullptr;
  std::uint64_t ready_ = 0, outcomes_ = 0, written_ = 0;
};

}  // namespace bench
