/* shim.h - the calls of libehlo in a form that Go may use: no argument points to memory that holds pointers. */
#ifndef EHLO_GO_SHIM_H
#define EHLO_GO_SHIM_H

#include "ehlo.h"

/* The library's memory, taken by malloc and counted. */
extern const ehlo_allocator ehlo_go_allocator;
int64_t ehlo_go_blocks(void);
int64_t ehlo_go_octets(void);

typedef struct ehlo_go_counts {
  uint32_t events, spans, params;
  int32_t error;
} ehlo_go_counts;

void ehlo_go_server_step(ehlo_server* server, ehlo_server_answer* answers, uint32_t answer_count, const uint8_t* texts,
                         size_t texts_length, const uint8_t* input, size_t length, ehlo_server_event* events,
                         uint32_t event_cap, ehlo_span* spans, uint32_t span_cap, ehlo_param* params,
                         uint32_t param_cap, ehlo_go_counts* counts, uint8_t* out, size_t capacity,
                         ehlo_progress* progress);
void ehlo_go_client_step(ehlo_client* client, const uint8_t* input, size_t length, ehlo_client_event* events,
                         uint32_t event_cap, ehlo_go_counts* counts, uint8_t* out, size_t capacity,
                         ehlo_progress* progress);

/* A parameter to be sent: pieces of the text that comes with it. value.off is EHLO_ABSENT where there is no "=". */
typedef struct ehlo_go_param {
  ehlo_span keyword, value;
} ehlo_go_param;

int32_t ehlo_go_client_mail(ehlo_client* client, const char* sender, size_t length, const char* texts,
                            const ehlo_go_param* params, size_t count);
int32_t ehlo_go_client_rcpt(ehlo_client* client, const char* recipient, size_t length, const char* texts,
                            const ehlo_go_param* params, size_t count);
ehlo_envelope* ehlo_go_envelope_new(const char* sender, size_t length, const char* texts, const ehlo_go_param* params,
                                    size_t count, uint64_t size, uint32_t body, uint32_t flags, int32_t* error);
int32_t ehlo_go_envelope_add(ehlo_envelope* envelope, const char* recipient, size_t length, const char* texts,
                             const ehlo_go_param* params, size_t count);

int64_t ehlo_go_command_write(uint32_t verb, uint32_t flags, uint64_t size, const char* text, size_t text_length,
                              const char* params, size_t params_length, const char* response, size_t response_length,
                              uint8_t* out, size_t capacity);

/* The octets of the EHLO reply that the client keeps; those that fit into `out` are copied. */
size_t ehlo_go_client_hello_reply(const ehlo_client* client, uint8_t* out, size_t capacity);

#endif
