// The server session: commands, rows, replies, recipients. All sizes are allowed by the configuration.
#include <algorithm>
#include <memory>

#include "sessions.h"
#include "support/own_rows.h"
#include "worst/cases.h"

namespace worst {
namespace {

using bench::kRead;
using bench::Server;

constexpr std::string_view kMail = "MAIL FROM:<a@b.example>\r\n", kRcpt = "RCPT TO:<c@d.example>\r\n";

// The same input again and again, in reads of `cut` octets.
void add_input(Cases& cases, const char* name, std::size_t size, double ceiling, std::size_t cut,
               const std::function<void(ehlo_server_options&)>& configure,
               const std::function<std::string(std::size_t)>& input_of) {
  cases.push_back({std::string("server: ") + name, size, ceiling, [=](std::size_t of) -> Work {
                     auto server = std::make_shared<Server>(configure);
                     return [=, input = input_of(of)] {
                       const std::uint64_t before = server->written();
                       server->show(input, cut);
                       return server->written() != before ? input.size() : 0;
                     };
                   }});
}

// `input` with many rows of the program, none of which matches.
void add_rows(Cases& cases, const char* name, double ceiling, const std::string& input) {
  cases.push_back({std::string("server: ") + name, 64, ceiling, [=](std::size_t count) -> Work {
                     std::vector<std::string> keywords;
                     for (std::size_t i = 0; i < count; ++i) keywords.push_back("ROW" + std::to_string(1000 + i));
                     support::OwnRowsOf own;
                     for (const std::string& keyword : keywords) {
                       own.params.push_back(support::own_param(keyword.c_str(), "", support::kOfBoth));
                       own.verbs.push_back(support::own_verb(keyword.c_str()));
                     }
                     const ehlo_rows rows = own.rows();
                     auto server =
                         std::make_shared<Server>([&](ehlo_server_options& options) { options.rows = &rows; });
                     return [=] {
                       const std::uint64_t before = server->written();
                       server->show(input, kRead);
                       return server->written() != before ? input.size() : 0;
                     };
                   }});
}

// A reply of the program, taken in pieces of `capacity` octets.
void add_reply(Cases& cases, const char* name, double ceiling, std::size_t capacity, std::string_view piece) {
  cases.push_back({std::string("server: ") + name, capacity == 1 ? std::size_t{4096} : std::size_t{65536}, ceiling,
                   [=](std::size_t size) -> Work {
                     auto server = std::make_shared<Server>([=](ehlo_server_options& options) {
                       options.command_asks = EHLO_VERB_BIT(EHLO_VERB_NOOP);
                       options.reply_text_octets = static_cast<std::uint32_t>(size + 1024);
                     });
                     server->takes_output = false;
                     server->answer = [text = repeated(piece, size)](ehlo_server* session,
                                                                     const ehlo_server_event& event) {
                       if (event.id != 0) ehlo_server_reply(session, event.id, 250, 0, text.data(), text.size());
                     };
                     server->take_output(4096);
                     return [=] {
                       const std::uint64_t before = server->written();
                       server->show("NOOP\r\n", kRead);
                       server->take_output(capacity);
                       return server->written() - before > size ? size : 0;
                     };
                   }});
}

// All recipients of a window are answered late, the last one first.
Work late_answers(std::size_t window) {
  auto server = std::make_shared<Server>([=](ehlo_server_options& options) {
    options.asks = EHLO_ASK_RCPT;
    options.max_recipients = 1 << 20;
    options.recipient_window = static_cast<std::uint32_t>(window);
    options.reply_queue = static_cast<std::uint32_t>(window + 4);
  });
  auto open = std::make_shared<std::vector<std::uint32_t>>();
  server->answer = [=](ehlo_server*, const ehlo_server_event& event) {
    if (event.id != 0) open->push_back(event.id);
  };
  const std::string input = std::string(kMail) + repeated(kRcpt, window * kRcpt.size());
  return [=] {
    open->clear();
    server->show(input, kRead);
    if (open->size() != window) return std::size_t{0};
    std::for_each(open->rbegin(), open->rend(), [&](std::uint32_t id) { ehlo_server_accept(server->session(), id); });
    server->show("", 1);
    server->show("RSET\r\n", kRead);
    return input.size();
  };
}

// Replies are not taken until the queue is full, and then one octet at a time.
Work late_output(std::size_t queue) {
  auto server = std::make_shared<Server>(
      [=](ehlo_server_options& options) { options.reply_queue = static_cast<std::uint32_t>(queue); });
  server->takes_output = false;
  server->take_output(4096);
  const std::string input = repeated("NOOP\r\n", (queue - 1) * 6);
  return [=] {
    const std::uint64_t before = server->written();
    server->show(input, kRead);
    server->take_output(1);
    return server->written() != before ? input.size() : 0;
  };
}

void many_recipients(ehlo_server_options& options) { options.max_recipients = 1 << 17; }
void many_lmtp_recipients(ehlo_server_options& options) {
  many_recipients(options);
  options.protocol = EHLO_PROTOCOL_LMTP;
}

// Many transactions with one recipient, each ended by RSET.
Work reset_of_few(std::size_t max_recipients, std::uint32_t protocol) {
  auto server = std::make_shared<Server>([=](ehlo_server_options& options) {
    options.protocol = protocol;
    options.max_recipients = static_cast<std::uint32_t>(max_recipients);
  });
  const std::string input = std::string(kMail) + std::string(kRcpt) + "RSET\r\n";
  return [=] {
    const std::uint64_t before = server->written();
    server->show(input, kRead);
    return server->written() != before ? input.size() : 0;
  };
}

std::string transaction(std::size_t recipients) {
  return std::string(kMail) + repeated(kRcpt, recipients * kRcpt.size()) + "DATA\r\nx\r\n.\r\n";
}

}  // namespace

void add_server(Cases& cases) {
  const auto drained = [](ehlo_server_options& options) {
    options.max_line_octets = 1024;
    options.max_discard_octets = 1 << 30;
  };
  const auto long_line = [](std::size_t size) { return std::string(size, 'a') + "\r\n"; };
  add_input(cases, "over-long line", 65536, 5, kRead, drained, long_line);
  add_input(cases, "over-long line, an octet a call", 65536, 250, 1, drained, long_line);
  add_input(cases, "over-long line of CR", 65536, 5, kRead, drained,
            [](std::size_t size) { return std::string(size, '\r') + "\n"; });
  add_input(cases, "junk verbs", 16384, 200, kRead, nullptr,
            [](std::size_t size) { return repeated("JUNK\r\n", size); });
  add_input(cases, "empty lines", 16384, 500, kRead, nullptr, [](std::size_t size) { return repeated("\r\n", size); });
  add_input(cases, "NOOP", 16384, 100, kRead, nullptr, [](std::size_t size) { return repeated("NOOP\r\n", size); });
  add_input(cases, "EHLO", 16384, 100, kRead, nullptr, [](std::size_t size) { return repeated("EHLO a\r\n", size); });
  add_rows(cases, "junk verbs, N rows", 150, repeated("JUNK1234\r\n", 16384));
  add_rows(cases, "unknown parameters, N rows", 150,
           std::string(kMail.substr(0, kMail.size() - 2)) + repeated(" JUNK1234=v", 11 * 31) + "\r\n");
  add_reply(cases, "reply of one line, 64 octets of room", 50, 64, "a");
  add_reply(cases, "reply of one line, 4096 octets of room", 50, 4096, "a");
  add_reply(cases, "reply of words, 64 octets of room", 50, 64, "a ");
  add_reply(cases, "reply of short lines, 64 octets of room", 100, 64, "a\n");
  // Each call measures again the line that it continues.
  add_reply(cases, "reply of one line, an octet of room", 2500, 1, "a");
  cases.push_back({"server: N recipients decided last to first", 250, 20, late_answers});
  cases.push_back({"server: N replies taken late, an octet at a time", 1024, 150, late_output});
  add_input(cases, "N recipients, DATA", 4096, 20, kRead, many_recipients, transaction);
  add_input(cases, "N recipients, LMTP", 4096, 30, kRead, many_lmtp_recipients, transaction);
  cases.push_back({"server: RSET, N recipients permitted", 16384, 80,
                   [](std::size_t size) { return reset_of_few(size, EHLO_PROTOCOL_SMTP); }});
  cases.push_back({"server: RSET, N recipients permitted, LMTP", 16384, 80,
                   [](std::size_t size) { return reset_of_few(size, EHLO_PROTOCOL_LMTP); }});
}

}  // namespace worst
