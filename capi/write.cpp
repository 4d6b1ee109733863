// The C API: writers of commands and parameters without a session.
#include "internal.h"
#include "syntax/write_command.h"

using namespace ehlo;

void ehlo_command_text_init(ehlo_command_text* command, size_t size) {
  capi::init_options(command, size, ehlo_command_text{});
}

int64_t ehlo_command_write(const ehlo_command_text* command, void* out, size_t capacity) {
  ehlo_command_text own{};
  if (!capi::copy_options(command, own) || !capi::is_there(out, capacity) ||
      !capi::is_text(own.text, own.text_length) || !capi::is_text(own.params, own.params_length) ||
      (own.response != nullptr && own.response_length > capi::kMostText))
    return EHLO_E_ARGUMENT;
  CommandText text;
  text.verb = own.verb;
  text.text = capi::bytes(own.text, own.text_length);
  text.params = capi::bytes(own.params, own.params_length);
  text.response = capi::bytes(own.response, own.response == nullptr ? 0 : own.response_length);
  text.has_response = own.response != nullptr;
  text.last = (own.flags & EHLO_FLAG_LAST) != 0;
  text.smtputf8 = (own.flags & EHLO_FLAG_SMTPUTF8) != 0;
  text.number = own.number;
  Writer measure(nullptr, 0);
  const Error error = write_command(text, measure);
  if (error != EHLO_OK) return error;
  return capi::measured(out, capacity, error, [&](Writer& writer) { return write_command(text, writer) == EHLO_OK; });
}

int64_t ehlo_param_write(uint32_t id, int64_t number, const char* text, size_t length, void* out, size_t capacity) {
  return capi::converted(text, length, out, capacity, EHLO_E_ARGUMENT, [&](Bytes meaning, Writer& writer) {
    return id <= UINT16_MAX && write_parameter(static_cast<ParamId>(id), {number, meaning}, writer);
  });
}

int64_t ehlo_param_value_write(uint32_t id, int64_t number, const char* text, size_t length, void* out,
                               size_t capacity) {
  return capi::converted(text, length, out, capacity, EHLO_E_ARGUMENT, [&](Bytes meaning, Writer& writer) {
    return id <= UINT16_MAX && write_parameter_value(static_cast<ParamId>(id), {number, meaning}, writer);
  });
}
