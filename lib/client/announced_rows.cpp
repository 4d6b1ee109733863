// A program's extension is offered where the EHLO reply has its keyword and what it needs is offered too.
#include "client/announced_rows.h"

namespace ehlo {
namespace {

// The arguments in the row are what a server of the program would announce. This server may have others.
bool is_announced(const ehlo_extension_row& row, const KeywordIndex& announced) noexcept {
  if (row.keyword == nullptr) return true;
  Span arguments;
  if (!announced.find(bytes_of(row.keyword), arguments)) return false;
  return !(row.flags & EHLO_EXTENSION_ARGUMENTS) || present(arguments);
}

}  // namespace

AnnouncedRows read_announced_rows(const OwnRows& rows, const KeywordIndex& announced, ExtensionSet usable,
                                  bool tls) noexcept {
  // Whether AUTH and similar commands may go without TLS is the policy of the sender, which is not asked here.
  OwnFacts facts{tls, true, kEveryOwnRow, kNoOwnRow};
  for (std::uint32_t i = 0; i < rows.extension_count(); ++i)
    if (is_announced(rows.extension(i), announced)) facts.announced.add(i);
  AnnouncedRows offered;
  offered.extensions = offered_own(rows, usable, facts);
  for (std::uint32_t i = 0; i < rows.param_count(); ++i)
    if (is_brought(rows, rows.param(i).extensions, usable, offered.extensions)) offered.params.add(i);
  return offered;
}

}  // namespace ehlo
