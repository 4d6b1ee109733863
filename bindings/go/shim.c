#include "shim.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static atomic_llong blocks, octets;

static void* allocate(void* context, size_t size) {
  (void)context;
  void* memory = malloc(size);
  if (memory == NULL) return NULL;
  atomic_fetch_add_explicit(&blocks, 1, memory_order_relaxed);
  atomic_fetch_add_explicit(&octets, (long long)size, memory_order_relaxed);
  return memory;
}

static void release(void* context, void* memory, size_t size) {
  (void)context;
  if (memory == NULL) return;
  atomic_fetch_sub_explicit(&blocks, 1, memory_order_relaxed);
  atomic_fetch_sub_explicit(&octets, (long long)size, memory_order_relaxed);
  free(memory);
}

const ehlo_allocator ehlo_go_allocator = {allocate, release, NULL};

int64_t ehlo_go_blocks(void) { return atomic_load_explicit(&blocks, memory_order_relaxed); }
int64_t ehlo_go_octets(void) { return atomic_load_explicit(&octets, memory_order_relaxed); }

void ehlo_go_server_step(ehlo_server* server, ehlo_server_answer* answers, uint32_t answer_count, const uint8_t* texts,
                         size_t texts_length, const uint8_t* input, size_t length, ehlo_server_event* events,
                         uint32_t event_cap, ehlo_span* spans, uint32_t span_cap, ehlo_param* params,
                         uint32_t param_cap, ehlo_go_counts* counts, uint8_t* out, size_t capacity,
                         ehlo_progress* progress) {
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

void ehlo_go_client_step(ehlo_client* client, const uint8_t* input, size_t length, ehlo_client_event* events,
                         uint32_t event_cap, ehlo_go_counts* counts, uint8_t* out, size_t capacity,
                         ehlo_progress* progress) {
  ehlo_client_batch batch = {.events = events, .event_size = sizeof *events, .event_cap = event_cap};
  ehlo_client_advance(client, input, length, &batch, out, capacity, progress);
  *counts = (ehlo_go_counts){batch.event_count, 0, 0, batch.error};
}

/* The array that the library takes; 0: more than it would take. */
static int pointers_of(ehlo_param_text* out, const char* texts, const ehlo_go_param* params, size_t count) {
  if (count > EHLO_PARAMS_MAX) return 0;
  for (size_t i = 0; i < count; ++i) {
    out[i].keyword = texts + params[i].keyword.off;
    out[i].keyword_length = params[i].keyword.len;
    out[i].value = params[i].value.off == EHLO_ABSENT ? NULL : texts + params[i].value.off;
    out[i].value_length = params[i].value.len;
  }
  return 1;
}

int32_t ehlo_go_client_mail(ehlo_client* client, const char* sender, size_t length, const char* texts,
                            const ehlo_go_param* params, size_t count) {
  ehlo_param_text pointers[EHLO_PARAMS_MAX];
  if (!pointers_of(pointers, texts, params, count)) return EHLO_E_ARGUMENT;
  return ehlo_client_mail(client, sender, length, pointers, count);
}

int32_t ehlo_go_client_rcpt(ehlo_client* client, const char* recipient, size_t length, const char* texts,
                            const ehlo_go_param* params, size_t count) {
  ehlo_param_text pointers[EHLO_PARAMS_MAX];
  if (!pointers_of(pointers, texts, params, count)) return EHLO_E_ARGUMENT;
  return ehlo_client_rcpt(client, recipient, length, pointers, count);
}

ehlo_envelope* ehlo_go_envelope_new(const char* sender, size_t length, const char* texts, const ehlo_go_param* params,
                                    size_t count, uint64_t size, uint32_t body, uint32_t flags, int32_t* error) {
  ehlo_param_text pointers[EHLO_PARAMS_MAX];
  ehlo_envelope_options options;
  if (!pointers_of(pointers, texts, params, count)) {
    *error = EHLO_E_ARGUMENT;
    return NULL;
  }
  ehlo_envelope_options_init(&options, sizeof options);
  options.sender = sender;
  options.sender_length = length;
  options.params = pointers;
  options.param_count = count;
  options.size = size;
  options.body = body;
  options.flags = flags;
  return ehlo_envelope_new(&options, &ehlo_go_allocator, error);
}

int32_t ehlo_go_envelope_add(ehlo_envelope* envelope, const char* recipient, size_t length, const char* texts,
                             const ehlo_go_param* params, size_t count) {
  ehlo_param_text pointers[EHLO_PARAMS_MAX];
  if (!pointers_of(pointers, texts, params, count)) return EHLO_E_ARGUMENT;
  return ehlo_envelope_add(envelope, recipient, length, pointers, count);
}

int64_t ehlo_go_command_write(uint32_t verb, uint32_t flags, uint64_t size, const char* text, size_t text_length,
                              const char* params, size_t params_length, const char* response, size_t response_length,
                              uint8_t* out, size_t capacity) {
  ehlo_command_text command;
  ehlo_command_text_init(&command, sizeof command);
  command.verb = verb;
  command.flags = flags;
  command.number = size;
  command.text = text;
  command.text_length = text_length;
  command.params = params;
  command.params_length = params_length;
  command.response = response;
  command.response_length = response_length;
  return ehlo_command_write(&command, out, capacity);
}

size_t ehlo_go_client_hello_reply(const ehlo_client* client, uint8_t* out, size_t capacity) {
  size_t length = 0;
  const char* reply = ehlo_client_hello_reply(client, &length);
  if (reply == NULL) return 0;
  if (length <= capacity) memcpy(out, reply, length);
  return length;
}
