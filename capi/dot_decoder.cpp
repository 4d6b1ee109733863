// The C API: the decoder of DATA content without a session.
#include <new>

#include "internal.h"

using namespace ehlo;

struct ehlo_dot_decoder {
  DotDecoder decoder;
  Allocator allocator;
  uint64_t first[kViolationKinds];
};

ehlo_dot_decoder* ehlo_dot_decoder_new(uint32_t max_line_octets, uint64_t max_octets, const ehlo_allocator* allocator) {
  if (!capi::is_allocator(allocator)) return nullptr;
  const Allocator source = capi::allocator_of(allocator);
  void* memory = source.allocate(source.context, sizeof(ehlo_dot_decoder));
  if (memory == nullptr) return nullptr;
  return new (memory) ehlo_dot_decoder{DotDecoder({max_line_octets, max_octets, EHLO_ENDING_ACCEPT}),
                                       source,
                                       {UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
}

void ehlo_dot_decoder_free(ehlo_dot_decoder* decoder) {
  if (decoder == nullptr) return;
  const Allocator source = decoder->allocator;
  source.release(source.context, decoder, sizeof(ehlo_dot_decoder));
}

size_t ehlo_dot_decoder_feed(ehlo_dot_decoder* decoder, const void* input, size_t length, ehlo_span* spans,
                             uint32_t span_cap, uint32_t* span_count, uint32_t* violations, int32_t* done) {
  if (decoder == nullptr || span_count == nullptr || violations == nullptr || done == nullptr ||
      !capi::is_there(input, length) || !capi::is_there(spans, span_cap))
    return 0;
  SpanList list{spans, span_cap, 0};
  size_t taken = length < capi::kMostInput ? length : capi::kMostInput;
  // The decoder needs room for three spans before it consumes an octet.
  if (span_cap < 3) taken = 0;
  const DotDecoder::Result result = decoder->decoder.feed(capi::bytes(input, taken), list);
  for (unsigned i = 0; i < result.seen_count; ++i)
    decoder->first[__builtin_ctz(result.seen[i].kind)] = result.seen[i].at;
  *span_count = list.count;
  *violations = decoder->decoder.violations();
  *done = result.done;
  return result.consumed;
}

uint64_t ehlo_dot_decoder_first(const ehlo_dot_decoder* decoder, uint32_t violation) {
  if (decoder == nullptr || violation == 0 || violation >= 1u << kViolationKinds) return UINT64_MAX;
  return decoder->first[__builtin_ctz(violation)];
}
