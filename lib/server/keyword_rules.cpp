// The order of keyword rules, and the search in it.
#include "server/keyword_rules.h"

#include <algorithm>
#include <new>

namespace ehlo {
namespace {

constexpr Scope kScopes[] = {kScopeMail, kScopeRcpt, kScopeVerb};

// Less than 0, 0 or more, by octets in upper case.
int compare(std::string_view a, std::string_view b) noexcept {
  const std::size_t common = a.size() < b.size() ? a.size() : b.size();
  for (std::size_t i = 0; i < common; ++i)
    if (const int difference = upper(static_cast<Octet>(a[i])) - upper(static_cast<Octet>(b[i]))) return difference;
  return a.size() == b.size() ? 0 : a.size() < b.size() ? -1 : 1;
}

bool is_before(const KeywordRules::Entry& entry, std::string_view keyword, Scope scope) noexcept {
  return entry.scope != scope ? entry.scope < scope : compare(entry.keyword, keyword) < 0;
}

}  // namespace

std::size_t KeywordRules::entries_of(std::uint32_t scopes) noexcept {
  std::size_t count = 0;
  for (const Scope scope : kScopes) count += (scopes & scope) != 0;
  return count;
}

void KeywordRules::add(std::string_view keyword, std::uint32_t scopes, RuleAction action) noexcept {
  const std::uint32_t order = rules_++;
  scopes_ |= scopes;
  for (const Scope scope : kScopes) {
    if (!(scopes & scope)) continue;
    if (keyword != "*")
      new (&entries_[count_++]) Entry{keyword, scope, order, action};
    else if (any_[scope / 2].order == kNone)
      any_[scope / 2] = {order, action};
  }
}

void KeywordRules::sort() noexcept {
  std::sort(entries_, entries_ + count_, [](const Entry& a, const Entry& b) {
    if (is_before(a, b.keyword, b.scope)) return true;
    return !is_before(b, a.keyword, a.scope) && a.order < b.order;
  });
}

RuleAction KeywordRules::find_first(Bytes keyword, Scope scope, const Any& any) const noexcept {
  const Entry* const end = entries_ + count_;
  const Entry* const found =
      std::partition_point(static_cast<const Entry*>(entries_), end,
                           [keyword, scope](const Entry& entry) { return is_before(entry, keyword.text(), scope); });
  const bool is_named = found != end && found->scope == scope && compare(found->keyword, keyword.text()) == 0;
  return is_named && found->order < any.order ? found->action : any.action;
}

}  // namespace ehlo
