// What follows from the replies of a transaction; replies.cpp has the others, and the table of all.
#pragma once

#include "client/session.h"

namespace ehlo {

void report_reply(ClientSession& session, ClientCall& call, const Pending& to) noexcept;

// The program has ended the transaction itself, and the server has said so.
void abandon(ClientSession& session, std::uint8_t slot) noexcept;
// A refusal before the end of the content.
void refuse_content(ClientSession& session, ClientCall& call) noexcept;

void on_mail(ClientSession& session, ClientCall& call, const Pending& to) noexcept;
void on_rcpt(ClientSession& session, ClientCall& call, const Pending& to) noexcept;
void on_data(ClientSession& session, ClientCall& call, const Pending& to) noexcept;
void on_chunk(ClientSession& session, ClientCall& call, const Pending& to) noexcept;
void on_result(ClientSession& session, ClientCall& call, const Pending& to) noexcept;
void on_reset(ClientSession& session, ClientCall& call, const Pending& to) noexcept;

}  // namespace ehlo
