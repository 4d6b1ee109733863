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

static inline void ehlo_go_server_advance(ehlo_server* server, ehlo_server_answer* answers, uint32_t answer_count,
                                          const void* texts, size_t texts_length, const void* input, size_t length,
                                          ehlo_server_event* events, uint32_t event_cap, ehlo_span* spans,
                                          uint32_t span_cap, ehlo_param* params, uint32_t param_cap,
                                          ehlo_go_counts* counts, void* out, size_t capacity, ehlo_progress* progress) {
  ehlo_server_batch batch = {.events = events,
                             .spans = spans,
                             .params = params,
                             .event_size = sizeof *events,
                             .event_cap = event_cap,
                             .span_cap = span_cap,
                             .param_size = sizeof *params,
                             .param_cap = param_cap};
  ehlo_server_advance(server, answers, sizeof *answers, answer_count, texts, texts_length, input, length, &batch, out,
                      capacity, progress);
  *counts = (ehlo_go_counts){batch.event_count, batch.span_count, batch.param_count, batch.error};
}

static inline void ehlo_go_client_advance(ehlo_client* client, const void* input, size_t length,
                                          ehlo_client_event* events, uint32_t event_cap, ehlo_go_counts* counts,
                                          void* out, size_t capacity, ehlo_progress* progress) {
  ehlo_client_batch batch = {.events = events, .event_size = sizeof *events, .event_cap = event_cap};
  ehlo_client_advance(client, input, length, &batch, out, capacity, progress);
  *counts = (ehlo_go_counts){batch.event_count, 0, 0, batch.error};
}

#endif
