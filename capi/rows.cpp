// The C API: the rows of verbs, parameters and extensions.
#include "base/rows.h"

#include "internal.h"

using namespace ehlo;

namespace {

template <class Row>
const Row* at(const std::array<const Row*, kMaxRows>& rows, std::uint32_t id) noexcept {
  return id < kMaxRows ? rows[id] : nullptr;
}

static_assert(extensions_with(EHLO_EXTENSION_DEFAULT) == EHLO_EXT_DEFAULT);

}  // namespace

const ehlo_verb_row* ehlo_verb_info(uint32_t id) { return at(kVerbsById, id); }
const ehlo_param_row* ehlo_param_info(uint32_t id) { return at(kParamsById, id); }
const ehlo_extension_row* ehlo_extension_info(uint32_t id) { return at(kExtensionsById, id); }

const ehlo_verb_row* ehlo_verb_named(const char* name, size_t length) {
  if (!capi::is_text(name, length)) return nullptr;
  for (const ehlo_verb_row& row : kVerbRows)
    if (equals_caseless(capi::bytes(name, length), row.name)) return &row;
  return nullptr;
}

const ehlo_param_row* ehlo_param_named(const char* keyword, size_t length) {
  return capi::is_text(keyword, length) ? find_param_row(capi::bytes(keyword, length)) : nullptr;
}
