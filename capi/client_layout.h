// The structs of the sending side, as layout.h has it for the others.
#pragma once

#include "client/client.h"
#include "layout.h"

namespace ehlo::capi {

#define EHLO_SAME(c_type, c_member, type, member)                       \
  static_assert(offsetof(c_type, c_member) == offsetof(type, member) && \
                sizeof(static_cast<c_type*>(nullptr)->c_member) == sizeof(static_cast<type*>(nullptr)->member))

static_assert(sizeof(ehlo_reply_limits) == sizeof(ReplyLimits));
EHLO_SAME(ehlo_reply_limits, line_octets, ReplyLimits, line_octets);
EHLO_SAME(ehlo_reply_limits, lines, ReplyLimits, lines);
EHLO_SAME(ehlo_reply_limits, octets, ReplyLimits, octets);

static_assert(sizeof(ehlo_capability) == sizeof(Capability));
EHLO_SAME(ehlo_capability, keyword, Capability, keyword);
EHLO_SAME(ehlo_capability, params, Capability, params);

static_assert(sizeof(ehlo_param_text) == sizeof(ParamText));
EHLO_SAME(ehlo_param_text, keyword, ParamText, keyword);
EHLO_SAME(ehlo_param_text, keyword_length, ParamText, keyword_length);
EHLO_SAME(ehlo_param_text, value, ParamText, value);
EHLO_SAME(ehlo_param_text, value_length, ParamText, value_length);

static_assert(sizeof(ehlo_envelope_options) == sizeof(EnvelopeOptions));
EHLO_SAME(ehlo_envelope_options, sender, EnvelopeOptions, sender);
EHLO_SAME(ehlo_envelope_options, sender_length, EnvelopeOptions, sender_length);
EHLO_SAME(ehlo_envelope_options, params, EnvelopeOptions, params);
EHLO_SAME(ehlo_envelope_options, param_count, EnvelopeOptions, param_count);
EHLO_SAME(ehlo_envelope_options, size, EnvelopeOptions, size);
EHLO_SAME(ehlo_envelope_options, body, EnvelopeOptions, body);
EHLO_SAME(ehlo_envelope_options, flags, EnvelopeOptions, flags);

static_assert(sizeof(ehlo_client_options) == sizeof(ClientOptions));
EHLO_SAME(ehlo_client_options, hostname, ClientOptions, hostname);
EHLO_SAME(ehlo_client_options, protocol, ClientOptions, protocol);
EHLO_SAME(ehlo_client_options, flags, ClientOptions, flags);
EHLO_SAME(ehlo_client_options, replies, ClientOptions, replies);
EHLO_SAME(ehlo_client_options, data_endings, ClientOptions, data_endings);
EHLO_SAME(ehlo_client_options, max_recipients, ClientOptions, max_recipients);
EHLO_SAME(ehlo_client_options, max_auth_challenges, ClientOptions, max_auth_challenges);
EHLO_SAME(ehlo_client_options, max_auth_line_octets, ClientOptions, max_auth_line_octets);
EHLO_SAME(ehlo_client_options, command_octets, ClientOptions, command_octets);

static_assert(sizeof(ehlo_client_event) == sizeof(ClientEvent));
EHLO_SAME(ehlo_client_event, type, ClientEvent, type);
EHLO_SAME(ehlo_client_event, verb, ClientEvent, verb);
EHLO_SAME(ehlo_client_event, code, ClientEvent, code);
EHLO_SAME(ehlo_client_event, enhanced, ClientEvent, enhanced);
EHLO_SAME(ehlo_client_event, transaction, ClientEvent, transaction);
EHLO_SAME(ehlo_client_event, index, ClientEvent, index);
EHLO_SAME(ehlo_client_event, verdict, ClientEvent, verdict);
EHLO_SAME(ehlo_client_event, scope, ClientEvent, scope);
EHLO_SAME(ehlo_client_event, flags, ClientEvent, flags);
EHLO_SAME(ehlo_client_event, error, ClientEvent, error);
EHLO_SAME(ehlo_client_event, number, ClientEvent, number);
EHLO_SAME(ehlo_client_event, extensions, ClientEvent, extensions);
EHLO_SAME(ehlo_client_event, reply, ClientEvent, reply);
EHLO_SAME(ehlo_client_event, text, ClientEvent, text);

static_assert(sizeof(ehlo_client_batch) == sizeof(ClientBatch));
EHLO_SAME(ehlo_client_batch, events, ClientBatch, events);
EHLO_SAME(ehlo_client_batch, event_cap, ClientBatch, event_cap);
EHLO_SAME(ehlo_client_batch, event_count, ClientBatch, event_count);
EHLO_SAME(ehlo_client_batch, error, ClientBatch, error);

#undef EHLO_SAME

static_assert(EHLO_CLIENT_EVENT_ERROR == static_cast<int>(ClientEventType::error) &&
              EHLO_CLIENT_EVENT_CHALLENGE == static_cast<int>(ClientEventType::challenge));
static_assert(EHLO_VERDICT_UNKNOWN == static_cast<int>(Verdict::unknown) &&
              EHLO_SCOPE_CONNECTION == static_cast<int>(About::connection));
static_assert(EHLO_FLAG_ANSWERED == kFlagAnswered && EHLO_FLAG_LAST == static_cast<unsigned>(kFlagLast) &&
              EHLO_CLIENT_EVENTS_MIN == kClientEventsPerStep);
static_assert(EHLO_CLIENT_FLAG_NO_HELO == static_cast<unsigned>(kClientNoHelo) &&
              EHLO_ENVELOPE_FLAG_REQUIRETLS == static_cast<unsigned>(kEnvelopeRequiretls));
static_assert(EHLO_WANT_EVENTS == static_cast<int>(kClientWantEvents) &&
              EHLO_WANT_BODY == static_cast<int>(kClientWantBody) && EHLO_WANT_TLS == static_cast<int>(kClientWantTls));
static_assert(EHLO_TIMEOUT_DATA_TERMINATION == static_cast<int>(ClientTimeoutKind::data_termination));
static_assert(EHLO_FACT_CHUNKS == static_cast<int>(kClientFactChunks));
static_assert(EHLO_FACT_SECRET_OUTPUT == static_cast<int>(kClientFactSecretOutput) &&
              EHLO_FACT_SMTPUTF8 == static_cast<int>(kClientFactSmtputf8));
static_assert(EHLO_OFF_END == kEndOffset);
static_assert(EHLO_E_HELLO_REFUSED == static_cast<int>(Error::hello_refused) &&
              EHLO_E_NOT_OFFERED == static_cast<int>(Error::not_offered));
static_assert(EHLO_ENHANCED(5, 1, 2) == EnhancedCode{5, 1, 2}.packed());

}  // namespace ehlo::capi
