// The testee: a program that makes the calls of one language (tests/testee/README.md), and the requests to it.
#pragma once

#include <sys/types.h>

#include <string>
#include <unordered_map>
#include <vector>

#include "cuts.h"
#include "results.h"
#include "support/json_text.h"

namespace vectors {

using support::JsonText;

// Calls that are sent in one line.
class Request {
 public:
  Request() { clear(); }
  // Begins a call. Its arguments are written to `text` before the next.
  JsonText& call(std::string_view name);
  // Pieces of `whole` from `at` on, which are input of the call. `whole` must live until the request is sent.
  void pieces(const Bytes& whole, std::size_t at, const Pieces& sizes);

  std::size_t calls() const { return calls_; }
  const std::string& last_call() const { return last_call_; }
  const std::string& line();
  void clear();

 private:
  void piece(const Bytes& whole, std::size_t begin, std::size_t end);
  std::size_t place_of(const Bytes& whole);

  JsonText text_, octets_;
  std::string line_, last_call_;
  std::unordered_map<const Bytes*, std::size_t> places_;
  std::size_t calls_ = 0;
};

class Testee {
 public:
  // `command`: the program and its arguments. It is started with the first request, and again after it has ended.
  Testee(std::vector<std::string> command, unsigned patience) : command_(std::move(command)), patience_(patience) {}
  ~Testee() { finish(); }
  Testee(const Testee&) = delete;
  Testee& operator=(const Testee&) = delete;

  // The results of all calls. Throws Fault where the testee crashes, hangs or gives an answer that is no response.
  std::vector<ResultPtr> ask(Request& request);
  // Lets the program end. "", or the reason why its end was wrong.
  std::string finish();
  // The result of a request of one call. Throws Fault also where it is {"fault"} or {"unknown"}.
  ResultPtr ask_one(Request& request);

 private:
  void start();
  std::string end();  // what became of the program
  void stop();
  std::string exchange(const std::string& line);

  std::vector<std::string> command_;
  unsigned patience_;  // seconds
  pid_t pid_ = -1;
  int to_ = -1, from_ = -1;
  bool has_answered_ = false;
};

// Throws Fault where the result is {"fault"} or {"unknown"}.
void require_result(const Result& result, std::string_view call);

}  // namespace vectors
