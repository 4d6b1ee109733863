// The program that is tested, behind two pipes.
#include "testee.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace vectors {
namespace {

// Octets up to this length are written into the request itself.
constexpr std::size_t kShort = 16;
constexpr int kNotStarted = 127;          // as a shell says it
constexpr time_t kPatienceAtTheEnd = 30;  // a sanitizer looks for leaks

time_t seconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec;
}

std::vector<ResultPtr> results_of(const std::string& line) {
  Json response = Json::parse(line, nullptr, false);
  const bool good = response.is_object() && response.contains("results") && response["results"].is_array();
  if (!good) throw Fault("the testee answers no response: " + printable(line));
  std::vector<ResultPtr> results;
  for (Json& one : response["results"]) {
    if (!one.is_object()) throw Fault("the testee gives a result that is no object: " + printable(line));
    if (const auto same = one.find("same"); same != one.end()) {
      require(same->is_number_unsigned() && *same < results.size(), "the testee names a result that is none");
      results.push_back(results[same->get<std::size_t>()]);
    } else {
      results.push_back(std::make_shared<const Result>(std::move(one)));
    }
  }
  return results;
}

}  // namespace

JsonText& Request::call(std::string_view name) {
  if (calls_++ != 0) text_.close('}');
  last_call_ = name;
  text_.open('{');
  text_.key("call");
  text_.octets(name);
  return text_;
}

void Request::pieces(const Bytes& whole, std::size_t at, const Pieces& sizes) {
  text_.open("pieces", '[');
  for (const std::size_t size : sizes) {
    piece(whole, at, at + size);
    at += size;
  }
  text_.close(']');
}

void Request::piece(const Bytes& whole, std::size_t begin, std::size_t end) {
  if (end - begin <= kShort) return text_.octets(std::string_view(whole).substr(begin, end - begin));
  text_.open('[');
  text_.number(place_of(whole));
  text_.number(begin);
  text_.number(end);
  text_.close(']');
}

std::size_t Request::place_of(const Bytes& whole) {
  const auto [place, is_new] = places_.emplace(&whole, places_.size());
  if (is_new) octets_.octets(whole);
  return place->second;
}

const std::string& Request::line() {
  if (calls_ != 0) text_.close('}');
  line_ = "{";
  if (octets_.size() != 0) ((line_ += "\"octets\":[") += octets_.text()) += "],";
  ((line_ += "\"calls\":[") += text_.text()) += "]}";
  return line_;
}

void Request::clear() {
  text_.clear();
  octets_.clear();
  places_.clear();
  calls_ = 0;
}

std::vector<ResultPtr> Testee::ask(Request& request) {
  const std::size_t calls = request.calls();
  const std::string line = exchange(request.line());
  request.clear();
  try {
    std::vector<ResultPtr> results = results_of(line);
    require(results.size() == calls,
            "the testee gives " + std::to_string(results.size()) + " results to " + std::to_string(calls) + " calls");
    return results;
  } catch (...) {
    stop();  // what it says next would be taken for the answer to something else
    throw;
  }
}

ResultPtr Testee::ask_one(Request& request) {
  const std::string call = request.last_call();
  const ResultPtr result = ask(request).at(0);
  require_result(*result, call);
  return result;
}

void Testee::start() {
  int in[2], out[2];
  if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0) throw Fault("no pipe for the testee");
  std::vector<char*> arguments;
  for (std::string& word : command_) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_ = fork();
  if (pid_ == 0) {
    if (dup2(in[0], STDIN_FILENO) < 0 || dup2(out[1], STDOUT_FILENO) < 0) _exit(kNotStarted);
    execvp(arguments[0], arguments.data());
    _exit(kNotStarted);
  }
  close(in[0]);
  close(out[1]);
  to_ = in[1];
  from_ = out[0];
  require(pid_ > 0, "the testee cannot be started");
  fcntl(to_, F_SETFL, O_NONBLOCK);
}

std::string Testee::end() {
  close(to_);  // it reads the end of its input
  close(from_);
  int status = 0;
  const pid_t pid = std::exchange(pid_, -1);
  // It may have closed its output without ending.
  const time_t until = seconds() + kPatienceAtTheEnd;
  pid_t gone = 0;
  while ((gone = waitpid(pid, &status, WNOHANG)) == 0 && seconds() < until) usleep(1000);
  if (gone == 0) {
    kill(pid, SIGKILL);
    gone = waitpid(pid, &status, 0);
  }
  if (gone != pid) return "is lost";
  if (!has_answered_ && WIFEXITED(status) && WEXITSTATUS(status) == kNotStarted) {
    std::fprintf(stderr, "vectors: the testee cannot be started: %s\n", command_[0].c_str());
    std::exit(2);
  }
  if (WIFSIGNALED(status)) return "crashed: signal " + std::to_string(WTERMSIG(status));
  return "ended with the status " + std::to_string(WEXITSTATUS(status));
}

std::string Testee::finish() {
  if (pid_ <= 0) return "";
  const std::string how = end();
  return how == "ended with the status 0" ? "" : how;
}

void Testee::stop() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  end();
}

// Both ways at once: a testee may begin to answer before it has read all.
std::string Testee::exchange(const std::string& line) {
  if (pid_ <= 0) start();
  std::string_view rest = line;
  bool ended = false;  // the line
  std::string answer;
  const time_t until = seconds() + static_cast<time_t>(patience_);
  static std::vector<char> room(1 << 18);
  for (;;) {
    pollfd ports[2] = {{from_, POLLIN, 0}, {ended ? -1 : to_, POLLOUT, 0}};
    const time_t left = until - seconds();
    if (left <= 0 || poll(ports, 2, static_cast<int>(left * 1000)) == 0) {
      stop();
      throw Fault("the testee gives no answer within " + std::to_string(patience_) + " s");
    }
    if (ports[1].revents != 0) {
      const ssize_t written = rest.empty() ? write(to_, "\n", 1) : write(to_, rest.data(), rest.size());
      if (written > 0 && rest.empty())
        ended = true;
      else if (written > 0)
        rest.remove_prefix(static_cast<std::size_t>(written));
      // The testee does not read any more, so it has ended: its exit status says more than the broken pipe.
      else if (errno != EAGAIN && errno != EINTR)
        ended = true;
    }
    if (ports[0].revents == 0) continue;
    const ssize_t octets = read(from_, room.data(), room.size());
    if (octets <= 0) throw Fault("the testee " + end());
    answer.append(room.data(), static_cast<std::size_t>(octets));
    has_answered_ = true;
    if (answer.back() == '\n') return answer;
  }
}

void require_result(const Result& result, std::string_view call) {
  if (result.json().contains("unknown")) throw Fault("the testee does not know " + Bytes(call));
  const auto fault = result.json().find("fault");
  if (fault != result.json().end()) throw Fault("the testee found: " + fault->get<std::string>());
}

}  // namespace vectors
