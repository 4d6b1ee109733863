// The C API: versions, errors, names, memory.
#include <cstdlib>

#include "base/elements.h"
#include "internal.h"

namespace ehlo::capi {
namespace {

void* take(void*, std::size_t octets) { return std::malloc(octets); }
void give_back(void*, void* memory, std::size_t) { std::free(memory); }

}  // namespace

Allocator allocator_of(const ehlo_allocator* given) noexcept {
  if (given == nullptr) return {take, give_back, nullptr};
  return {given->allocate, given->release, given->context};
}

}  // namespace ehlo::capi

using namespace ehlo;

const char* ehlo_version(void) { return EHLO_VERSION; }

uint32_t ehlo_version_number(void) { return EHLO_VERSION_NUMBER; }

const ehlo_error_info* ehlo_error(int32_t error) { return &error_info(error); }

const char* ehlo_error_name(int32_t error) { return error_info(error).name; }

uint64_t ehlo_extension_bit(const char* keyword, size_t length) {
  return capi::is_text(keyword, length) ? extension_bit(capi::bytes(keyword, length)) : 0;
}

const char* ehlo_extension_name(uint64_t bit) { return extension_name(bit); }

const char* ehlo_verb_name(uint32_t verb) { return verb_name(verb); }

uint64_t ehlo_param_unsigned(const ehlo_param* param) {
  return param == nullptr ? 0 : static_cast<uint64_t>(param->number);
}

const char* ehlo_server_event_name(uint32_t type) { return event_name(type); }

const ehlo_param* ehlo_server_event_param(const ehlo_server_batch* batch, const ehlo_server_event* event, uint32_t id) {
  if (batch == nullptr || batch->params == nullptr || event == nullptr) return nullptr;
  for (uint32_t i = 0; i < event->params.count; ++i) {
    const ehlo_param& param = element(batch->params, batch->param_size, event->params.first + i);
    if (param.id == id) return &param;
  }
  return nullptr;
}
