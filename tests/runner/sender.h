// What the vectors of the sending side ask of an implementation, in the vocabulary of the C API.
#pragma once

#include "case.h"
#include "ehlo.h"

namespace vectors {

struct ReplyLimits {
  std::uint32_t line = 0, lines = 0, octets = 0;  // 0: the default
};

struct ParsedReply {
  std::uint32_t code = 0, enhanced = 0;
  std::size_t length = 0;
  std::vector<Bytes> lines;
};

struct ParsedHello {
  Bytes domain;
  std::vector<std::pair<Bytes, Bytes>> capabilities;  // keyword, parameters
  std::optional<std::uint64_t> size_limit;
  std::uint64_t offered = 0, usable = 0;
};

struct SenderSetup {
  bool lmtp = false, require_tls = false;
  std::uint32_t endings = EHLO_ENDING_REJECT;
  ReplyLimits replies;
};

struct SenderEvent {
  std::uint32_t type = 0, verb = 0, code = 0, enhanced = 0, transaction = 0, index = 0, verdict = 0, scope = 0,
                flags = 0;
  std::int32_t error = 0;
  std::uint64_t number = 0, extensions = 0;
  std::optional<Bytes> reply, text;
};

struct SentParam {
  Bytes keyword;
  std::optional<Bytes> value;
};

// A client session. Calls give an ehlo_rc.
class Sender {
 public:
  virtual ~Sender() = default;
  // Appends the events; every view is checked to lie inside of `shown`, which lies against a page that is not there.
  virtual std::size_t receive(std::string_view shown, std::uint32_t event_cap, std::vector<SenderEvent>& events) = 0;
  virtual std::size_t output(char* out, std::size_t capacity) = 0;
  virtual std::uint32_t wants() const = 0;
  virtual std::uint32_t facts() const = 0;
  virtual std::uint32_t outstanding() const = 0;
  virtual Bytes hello_reply() const = 0;

  virtual std::int32_t hello(std::uint32_t verb) = 0;
  virtual std::int32_t starttls() = 0;
  virtual std::int32_t auth(std::string_view mechanism, const std::optional<Bytes>& response) = 0;
  virtual std::int32_t respond(std::string_view response) = 0;
  virtual std::int32_t cancel() = 0;
  virtual std::int32_t mail(std::string_view sender, const std::vector<SentParam>& params) = 0;
  virtual std::int32_t rcpt(std::string_view recipient, const std::vector<SentParam>& params) = 0;
  virtual std::int32_t data() = 0;
  virtual std::int32_t bdat(std::string_view chunk, bool last) = 0;
  virtual std::int32_t rset() = 0;
  virtual std::int32_t vrfy(std::string_view text) = 0;
  virtual std::int32_t quit() = 0;
  virtual std::int32_t abort_data() = 0;
  // Appends to `wire` what is to be sent. `room` is of spans, or octets with `copied`.
  virtual std::int32_t body(std::string_view content, bool last, std::size_t room, bool copied, Bytes& wire,
                            std::size_t& consumed) = 0;
  virtual std::int32_t tls_started() = 0;
  virtual std::int32_t tls_failed() = 0;
  virtual void eof() = 0;
};

}  // namespace vectors
