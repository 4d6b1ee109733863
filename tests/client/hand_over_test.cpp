// One connection turned round and back (TURN of RFC 821): both sessions are released, the roles are swapped, and what
// was read and not consumed goes with the connection.
#include <gtest/gtest.h>

#include <optional>

#include "support/client_link.h"
#include "support/envelopes.h"
#include "support/link.h"
#include "support/own_rows.h"

namespace {

constexpr ehlo_verb_row kTurn[] = {
    support::own_verb("TURN", "", EHLO_ARGUMENT_NONE, EHLO_COMMAND_SMTP | EHLO_COMMAND_ENDS_GROUP)};
constexpr ehlo_rows kRows = support::rows_of(nullptr, 0, nullptr, 0, kTurn, 1);

// A host with one end of the connection, as server or as client.
class Host {
 public:
  explicit Host(std::string name) : name_(std::move(name)) {
    ehlo_server_options server = support::capi_options();
    server.hostname = name_.c_str();
    server.rows = &kRows;
    server_config_.reset(ehlo_server_config_new(&server, nullptr, nullptr));
    ehlo_client_options client = support::capi_client_options();
    client.hostname = name_.c_str();
    client_config_.reset(ehlo_client_config_new(&client, nullptr, nullptr));
  }

  // What was not consumed goes with the connection.
  void be_server() {
    const std::string unread = this->unread();
    sender_.reset();
    client_.reset();
    server_.reset(ehlo_server_new(server_config_.get(), nullptr));
    receiver_.emplace(server_.get(), *this).show(unread);
  }
  void be_client() {
    const std::string unread = this->unread();
    receiver_.reset();
    server_.reset();
    client_.reset(ehlo_client_new(client_config_.get(), nullptr));
    sender_.emplace(client_.get()).show(unread);
  }
  // Ends the session of the role that it has; what was not consumed stays.
  std::int32_t release() {
    const std::int32_t error = client_ ? ehlo_client_release(client()) : ehlo_server_release(server());
    if (error == EHLO_OK) {
      EXPECT_EQ(client_ ? sender_->wants() : receiver_->wants(), 0u);
    }
    return error;
  }

  ehlo_client* client() const { return client_.get(); }
  ehlo_server* server() const { return server_.get(); }
  std::string unread() const { return sender_ ? sender_->tail() : receiver_ ? receiver_->tail() : std::string(); }
  const std::vector<std::string>& stored() const { return stored_; }
  const std::vector<std::string>& events() const { return events_; }
  bool turn_accepted() const { return turn_accepted_; }

  void hear(std::string_view octets) { sender_ ? sender_->show(octets) : receiver_->show(octets); }
  bool receive() {
    if (!sender_) return receiver_->receive();
    for (const ehlo::ClientEvent& core_event : sender_->receive(EHLO_CLIENT_EVENTS_MIN)) {
      const ehlo_client_event& event = support::c_of(core_event);
      std::string text = ehlo_client_event_name(event.type);
      if (event.verdict != EHLO_VERDICT_NONE) text += " " + std::to_string(event.verdict);
      if (event.error != EHLO_OK) text += std::string(" ") + ehlo_error_name(event.error);
      events_.push_back(text);
    }
    return sender_->moved();
  }
  std::string say() {
    if (sender_) return sender_->output(512);
    receiver_->take_output_once();
    return receiver_->take_wire();
  }

 private:
  class Receiver : public support::ServerPort<support::CServer> {
   public:
    Receiver(ehlo_server* server, Host& host)
        : ServerPort(server, {EHLO_SERVER_EVENTS_MIN, EHLO_SPANS_MIN, 512, 0}), host_(host) {}

   private:
    void take(const ehlo::Event& event) override {
      host_.events_.push_back(ehlo::event_name(event.type));
      if (event.type == EHLO_SERVER_EVENT_BODY) body_ += text_of(event).body();
      if (event.type == EHLO_SERVER_EVENT_MESSAGE) host_.stored_.push_back(std::exchange(body_, {}));
      host_.turn_accepted_ |= event.type == EHLO_SERVER_EVENT_COMMAND;
      if (event.id == 0) return;
      EXPECT_EQ(ehlo_server_accept(&server(), event.id), EHLO_OK);
    }

    Host& host_;
    std::string body_;
  };

  std::string name_;
  support::CServerConfig server_config_;
  support::CClientConfig client_config_;
  support::CServerOwner server_;
  support::CClientOwner client_;
  std::optional<Receiver> receiver_;
  std::optional<support::ClientPort<support::CClient>> sender_;
  std::vector<std::string> stored_, events_;
  bool turn_accepted_ = false;
};

class HandOver : public testing::Test {
 protected:
  // Carries octets, in pieces of `piece_`, until nothing moves.
  void run(Host& a, Host& b) {
    for (bool moved = true; moved;) {
      moved = false;
      for (auto [from, to] : {std::pair<Host*, Host*>{&a, &b}, {&b, &a}}) {
        while (from->receive()) moved = true;
        const std::string octets = from->say();
        for (std::size_t at = 0; at < octets.size(); at += piece_) {
          to->hear(std::string_view(octets).substr(at, piece_));
          to->receive();
          moved = true;
        }
      }
    }
  }

  void send(Host& from, Host& to, const std::string& content) {
    const support::CEnvelope envelope(support::capi_envelope("a@b.test"));
    ASSERT_EQ(ehlo_envelope_add(envelope.get(), "c@d.test", 8, nullptr, 0), EHLO_OK);
    ASSERT_EQ(ehlo_client_transact(from.client(), envelope.get()), EHLO_OK);
    EXPECT_EQ(from.release(), EHLO_E_STATE) << "within a transaction";
    run(from, to);
    ASSERT_TRUE(ehlo_client_wants(from.client()) & EHLO_WANT_BODY);
    EXPECT_EQ(from.release(), EHLO_E_STATE) << "within a transaction";
    EXPECT_EQ(to.release(), EHLO_E_STATE) << "within content";
    char out[256];
    std::size_t written = 0, consumed = 0;
    ASSERT_EQ(
        ehlo_client_body_copy(from.client(), content.data(), content.size(), 1, out, sizeof out, &written, &consumed),
        EHLO_OK);
    to.hear({out, written});
    run(from, to);
    ASSERT_FALSE(to.stored().empty());
    EXPECT_EQ(to.stored().back(), content);
    ASSERT_GE(from.events().size(), 2u);
    EXPECT_EQ(from.events()[from.events().size() - 2], "outcome 1");
  }

  void turn(Host& client, Host& server) {
    ASSERT_EQ(ehlo_client_command(client.client(), "TURN", 4, nullptr, 0, 0), EHLO_OK);
    EXPECT_EQ(client.release(), EHLO_E_STATE) << "TURN is not answered";
    run(client, server);
    ASSERT_TRUE(server.turn_accepted());
    ASSERT_EQ(client.release(), EHLO_OK);
    ASSERT_EQ(server.release(), EHLO_OK);
    EXPECT_EQ(client.unread() + server.unread(), "");
    client.be_server();
    server.be_client();
    ASSERT_EQ(ehlo_client_open(server.client()), EHLO_OK);
    run(client, server);
    ASSERT_TRUE(ehlo_client_wants(server.client()) & EHLO_WANT_COMMAND);
  }

  std::size_t piece_ = 4096;
};

TEST_F(HandOver, MailGoesEachWayOverOneConnectionAndBackAgain) {
  for (const std::size_t piece : {std::size_t{4096}, std::size_t{1}, std::size_t{7}}) {
    piece_ = piece;
    Host a("a.test"), b("b.test");
    a.be_client();
    b.be_server();
    ASSERT_EQ(ehlo_client_open(a.client()), EHLO_OK);
    run(a, b);
    send(a, b, "there\r\n");
    turn(a, b);
    send(b, a, "and back\r\n");
    turn(b, a);
    send(a, b, "and there again\r\n");
    ASSERT_EQ(ehlo_client_quit(a.client()), EHLO_OK);
    run(a, b);
    EXPECT_EQ(a.events().back(), "closed");
    EXPECT_EQ(b.events().back(), "close");
  }
}

// The new server may greet before the old one has left its role: the greeting is the new client's to read.
TEST_F(HandOver, OctetsThatTheServerDidNotConsumeAreTheNewClients) {
  const std::string opening = "EHLO a.test\r\nTURN\r\n", greeting = "220 a.test ready\r\n";
  const std::string all = opening + greeting;
  for (std::size_t cut = 0; cut <= all.size(); ++cut) {
    Host b("b.test");
    b.be_server();
    std::string wire;
    for (const std::string& part : {all.substr(0, cut), all.substr(cut)}) {
      b.hear(part);
      // Once TURN is accepted the program reads no more for the server.
      while (!b.turn_accepted() && b.receive())
        if (!b.turn_accepted()) wire += b.say();
    }
    ASSERT_TRUE(b.turn_accepted()) << "cut at " << cut;
    EXPECT_EQ(b.release(), EHLO_E_STATE) << "the reply has not been taken";
    wire += b.say();
    EXPECT_TRUE(wire.substr(0, wire.size() - 2).rfind("\r\n250 2.") != std::string::npos) << wire;
    ASSERT_EQ(b.release(), EHLO_OK) << "cut at " << cut;
    EXPECT_EQ(b.unread(), greeting) << "cut at " << cut;
    b.be_client();
    ASSERT_EQ(ehlo_client_open(b.client()), EHLO_OK);
    while (b.receive()) {
    }
    EXPECT_EQ(b.events().back(), "greeting");
    EXPECT_EQ(b.say(), "EHLO b.test\r\n");
  }
}

// A part of a reply is nobody else's to read.
TEST_F(HandOver, ClientDoesNotLeaveWithinAReply) {
  Host a("a.test");
  a.be_client();
  ASSERT_EQ(ehlo_client_open(a.client()), EHLO_OK);
  EXPECT_EQ(a.release(), EHLO_E_STATE) << "the greeting is awaited";
  a.hear("220 b.test\r\n");
  while (a.receive()) {
  }
  EXPECT_EQ(a.release(), EHLO_E_STATE) << "EHLO has not left";
  a.say();
  a.hear("250 b.test\r\n42");
  while (a.receive()) {
  }
  EXPECT_EQ(a.unread(), "42");
  EXPECT_EQ(a.release(), EHLO_E_STATE) << "421 may be on its way";
}

TEST_F(HandOver, ReleasedSessionsOnlyWantToBeFreed) {
  Host a("a.test"), b("b.test");
  a.be_client();
  b.be_server();
  ASSERT_EQ(ehlo_client_open(a.client()), EHLO_OK);
  run(a, b);
  ASSERT_EQ(a.release(), EHLO_OK);
  ASSERT_EQ(b.release(), EHLO_OK);
  EXPECT_EQ(a.release(), EHLO_E_STATE);
  EXPECT_EQ(b.release(), EHLO_E_STATE);
  EXPECT_EQ(ehlo_client_quit(a.client()), EHLO_E_STATE);
  EXPECT_EQ(ehlo_client_open(a.client()), EHLO_E_STATE);
  EXPECT_EQ(ehlo_client_timeout(a.client()).kind, static_cast<std::uint32_t>(EHLO_TIMEOUT_NONE));
  EXPECT_EQ(ehlo_server_timeout(b.server()).kind, static_cast<std::uint32_t>(EHLO_TIMEOUT_NONE));
  EXPECT_EQ(a.say() + b.say(), "");
}

}  // namespace
