// The program's rules for keywords that no offered extension knows, found by halving however many there are.
#pragma once

#include "ehlo_server_types.h"
#include "extension/parameters.h"

namespace ehlo {

using KeywordRule = ehlo_keyword_rule;
enum Scope : std::uint32_t { kScopeMail = 1, kScopeRcpt = 2, kScopeVerb = 4, kScopeEhlo = 8 };

// Of the rules that name a keyword, and those for "*", the first decides.
class KeywordRules {
 public:
  // One for each scope of each rule.
  struct Entry {
    std::string_view keyword;
    Scope scope;
    std::uint32_t order;
    RuleAction action;
  };
  static std::size_t entries_of(std::uint32_t scopes) noexcept;

  KeywordRules() noexcept = default;
  // In memory for all entries, which are added and then sorted.
  explicit KeywordRules(Entry* entries) noexcept : entries_(entries) {}
  void add(std::string_view keyword, std::uint32_t scopes, RuleAction action) noexcept;
  void sort() noexcept;

  bool has(Scope scope) const noexcept { return (scopes_ & scope) != 0; }
  RuleAction find(Bytes keyword, Scope scope) const noexcept { return find_first(keyword, scope, any(scope)); }
  // By a rule that names the keyword: "*" is not looked at.
  RuleAction find_named(Bytes keyword, Scope scope) const noexcept { return find_first(keyword, scope, {}); }

 private:
  static constexpr std::uint32_t kNone = UINT32_MAX;
  struct Any {
    std::uint32_t order = kNone;
    RuleAction action = RuleAction::refuse;
  };
  const Any& any(Scope scope) const noexcept { return any_[scope / 2]; }
  RuleAction find_first(Bytes keyword, Scope scope, const Any& any) const noexcept;

  Entry* entries_ = nullptr;
  std::size_t count_ = 0;
  std::uint32_t rules_ = 0;
  std::uint32_t scopes_ = 0;
  Any any_[3];  // of kScopeMail, kScopeRcpt, kScopeVerb
};

}  // namespace ehlo
