// Copies of a program's rows, the search in them, and which of its extensions are offered.
#include "extension/own_rows.h"

#include <algorithm>
#include <new>

#include "extension/registry.h"

namespace ehlo {
namespace {

// Less than 0, 0 or more, by octets in upper case.
int compare(std::string_view a, std::string_view b) noexcept {
  const std::size_t common = a.size() < b.size() ? a.size() : b.size();
  for (std::size_t i = 0; i < common; ++i)
    if (const int difference = upper(static_cast<Octet>(a[i])) - upper(static_cast<Octet>(b[i]))) return difference;
  return a.size() == b.size() ? 0 : a.size() < b.size() ? -1 : 1;
}

// The first place in `order` whose name is not before `name`.
template <class Name>
const std::uint16_t* first_of(const std::uint16_t* order, std::uint32_t count, std::string_view name,
                              Name name_of) noexcept {
  return std::partition_point(order, order + count,
                              [&](std::uint16_t place) { return compare(name_of(place), name) < 0; });
}

// Divides one block of memory into arrays. Without a block it only measures, so that the same code finds the size of
// the block and fills it.
class Pieces {
 public:
  explicit Pieces(Octet* memory) noexcept : memory_(memory) {}

  template <class T>
  T* array(std::size_t count) noexcept {
    used_ = (used_ + alignof(T) - 1) / alignof(T) * alignof(T);
    const std::size_t at = used_;
    used_ += count * sizeof(T);
    return memory_ == nullptr ? nullptr : reinterpret_cast<T*>(memory_ + at);
  }
  const char* text(const char* text) noexcept {
    if (text == nullptr) return nullptr;
    const std::size_t octets = view(text).size() + 1;
    char* const copy = array<char>(octets);
    return copy == nullptr ? nullptr : static_cast<const char*>(std::memcpy(copy, text, octets));
  }
  std::size_t used() const noexcept { return used_; }

 private:
  Octet* memory_;
  std::size_t used_ = 0;
};

void copy_texts(ehlo_extension_row& row, Pieces& pieces) noexcept {
  for (const char** text : {&row.keyword, &row.arguments, &row.needs}) *text = pieces.text(*text);
}
void copy_texts(ehlo_param_row& row, Pieces& pieces) noexcept {
  if (row.extensions == nullptr) row.extensions = "";
  for (const char** text : {&row.keyword, &row.extensions, &row.words}) *text = pieces.text(*text);
}
void copy_texts(ehlo_verb_row& row, Pieces& pieces) noexcept {
  for (const char** text : {&row.name, &row.extensions, &row.yes_text, &row.no_text}) *text = pieces.text(*text);
}

template <class Row>
const Row* copy_rows(const Row* rows, std::size_t octets, std::size_t count, Pieces& pieces) noexcept {
  Row* const copies = pieces.array<Row>(count);
  for (std::size_t i = 0; i < count; ++i) {
    // The program's elements may be larger than ours: a copy drops what a later header has behind.
    Row row = element(rows, octets, i);
    copy_texts(row, pieces);
    if (copies != nullptr) new (&copies[i]) Row(row);
  }
  return copies;
}

bool is_available(const ehlo_extension_row& row, const OwnFacts& facts, bool with_arguments) noexcept {
  return may_be_offered(row.flags, facts.tls, facts.plaintext_auth, with_arguments || !view(row.arguments).empty());
}

bool is_offered(const OwnRows& rows, std::string_view keyword, ExtensionSet offered, const OwnSet& own) noexcept {
  const std::uint32_t place = rows.find_extension(keyword);
  return place != kNoRow ? own.has(place) : (extension_bit(bytes_of(keyword)) & offered) != 0;
}

}  // namespace

OwnRows::OwnRows(const ehlo_rows* rows) noexcept {
  if (rows == nullptr) return;
  rows_ = *rows;
  find_replaced();
}

// Copies the rows into `memory`, or only measures where it is nullptr. Gives the octets needed. The values come first:
// a Value has the strictest alignment, which is that of the block.
std::size_t OwnRows::lay_out(const ehlo_rows& given, Octet* memory) noexcept {
  Pieces pieces(memory);
  Value* const values = pieces.array<Value>(given.param_count);
  rows_.extensions = copy_rows(given.extensions, given.extension_size, given.extension_count, pieces);
  rows_.params = copy_rows(given.params, given.param_size, given.param_count, pieces);
  rows_.verbs = copy_rows(given.verbs, given.verb_size, given.verb_count, pieces);
  params_in_order_ = pieces.array<std::uint16_t>(given.param_count);
  verbs_in_order_ = pieces.array<std::uint16_t>(given.verb_count);
  if (memory == nullptr) return pieces.used();
  rows_.extension_size = sizeof(ehlo_extension_row);
  rows_.param_size = sizeof(ehlo_param_row);
  rows_.verb_size = sizeof(ehlo_verb_row);
  rows_.extension_count = given.extension_count;
  rows_.param_count = given.param_count;
  rows_.verb_count = given.verb_count;
  for (std::uint32_t i = 0; i < given.param_count; ++i) new (&values[i]) Value(make_value(param(i)));
  values_ = values;
  return pieces.used();
}

OwnRows OwnRows::copy(const ehlo_rows* rows, Octet* memory) noexcept {
  OwnRows own;
  if (rows == nullptr) return own;
  own.lay_out(*rows, memory);
  own.sort();
  own.find_replaced();
  return own;
}

std::size_t OwnRows::room_for(const ehlo_rows* rows) noexcept {
  OwnRows measured;
  return rows == nullptr ? 0 : measured.lay_out(*rows, nullptr);
}

void OwnRows::sort() noexcept {
  for (std::uint32_t i = 0; i < rows_.param_count; ++i) params_in_order_[i] = static_cast<std::uint16_t>(i);
  for (std::uint32_t i = 0; i < rows_.verb_count; ++i) verbs_in_order_[i] = static_cast<std::uint16_t>(i);
  std::sort(params_in_order_, params_in_order_ + rows_.param_count,
            [this](std::uint16_t a, std::uint16_t b) { return compare(param(a).keyword, param(b).keyword) < 0; });
  std::sort(verbs_in_order_, verbs_in_order_ + rows_.verb_count,
            [this](std::uint16_t a, std::uint16_t b) { return compare(verb(a).name, verb(b).name) < 0; });
}

// A row of the program takes the place of the library's row of the same name. These sets let the fast paths see that
// with one test of a bit.
void OwnRows::find_replaced() noexcept {
  for (std::uint32_t i = 0; i < extension_count(); ++i)
    replaced_extensions_ |= extension_bit(bytes_of(view(extension(i).keyword)));
  for (const ehlo_param_row& row : kParamRows)
    if (find_param(bytes_of(row.keyword), row.commands) != kNoRow) replaced_params_ |= std::uint64_t{1} << row.id;
  for (const ehlo_verb_row& row : kVerbRows)
    if (find_verb(bytes_of(row.name)) != kNoRow) replaced_verbs_ |= VerbSet{1} << row.id;
}

std::uint32_t OwnRows::find_extension(std::string_view keyword) const noexcept {
  for (std::uint32_t i = 0; i < extension_count(); ++i)
    if (extension(i).keyword != nullptr && equals_caseless(bytes_of(keyword), extension(i).keyword)) return i;
  return kNoRow;
}

// A keyword may have one row for MAIL and another for RCPT. So a row whose keyword fits is not yet the right one.
std::uint32_t OwnRows::find_param(Bytes keyword, std::uint8_t commands) const noexcept {
  const auto is = [&](std::uint32_t place) { return equals_caseless(keyword, param(place).keyword); };
  // No index: these are the rows of the program before they are copied.
  if (params_in_order_ == nullptr) {
    for (std::uint32_t i = 0; i < param_count(); ++i)
      if ((param(i).commands & commands) && is(i)) return i;
    return kNoRow;
  }
  const std::uint16_t* const end = params_in_order_ + param_count();
  const std::uint16_t* at = first_of(params_in_order_, param_count(), keyword.text(),
                                     [this](std::uint16_t place) { return std::string_view(param(place).keyword); });
  for (; at != end && is(*at); ++at)
    if (param(*at).commands & commands) return *at;
  return kNoRow;
}

std::uint32_t OwnRows::find_verb(Bytes name) const noexcept {
  if (verbs_in_order_ == nullptr) {
    for (std::uint32_t i = 0; i < verb_count(); ++i)
      if (equals_caseless(name, verb(i).name)) return i;
    return kNoRow;
  }
  const std::uint16_t* at = first_of(verbs_in_order_, verb_count(), name.text(),
                                     [this](std::uint16_t place) { return std::string_view(verb(place).name); });
  return at != verbs_in_order_ + verb_count() && equals_caseless(name, verb(*at).name) ? *at : kNoRow;
}

bool is_brought(const OwnRows& rows, const char* extensions, ExtensionSet offered, const OwnSet& own) noexcept {
  bool brought = view(extensions).empty();
  for_each_row_word(view(extensions),
                    [&](std::string_view keyword) { brought = brought || is_offered(rows, keyword, offered, own); });
  return brought;
}

OwnSet offered_own(const OwnRows& rows, ExtensionSet offered, const OwnFacts& facts) noexcept {
  OwnSet own;
  for (std::uint32_t i = 0; i < rows.extension_count(); ++i)
    if (facts.announced.has(i) && is_available(rows.extension(i), facts, facts.with_arguments.has(i))) own.add(i);
  // An extension that is removed may be what another one needs, so the search repeats until nothing changes. Each turn
  // removes at least one.
  for (bool changed = true; changed;) {
    changed = false;
    for (std::uint32_t i = 0; i < rows.extension_count(); ++i) {
      if (!own.has(i)) continue;
      bool lacks = false;
      for_each_row_word(view(rows.extension(i).needs),
                        [&](std::string_view keyword) { lacks = lacks || !is_offered(rows, keyword, offered, own); });
      if (!lacks) continue;
      own.remove(i);
      changed = true;
    }
  }
  return own;
}

}  // namespace ehlo
