// The worst input for each parser and session: nanoseconds per octet at a size and at four times that size, and a
// ceiling. Time must be linear whatever the input is: the growth of a linear case is 1, that of a quadratic case 4. The
// figures depend on the machine, so only --check makes the exit status 1 if a case is above its ceiling, or its growth
// above kGrowth. A case that does not do its work is always an error.
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "worst/cases.h"

namespace {

constexpr double kGrowth = 2.0;
constexpr std::size_t kTimes = 4;

struct Arguments {
  std::string only;
  double seconds = 0.05;  // for each size
  bool check = false, json = false, good = true;
};

Arguments arguments_of(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--check")
      arguments.check = true;
    else if (argument == "--json")
      arguments.json = true;
    else if (argument == "--quick")
      arguments.seconds = 0.002;
    else if (argument == "--only" && i + 1 < argc)
      arguments.only = argv[++i];
    else
      arguments.good = false;
  }
  return arguments;
}

double processor_seconds() {
  timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// Nanoseconds per octet in the quickest of several rounds, since disturbances only add time. 0: the work was not done.
double measure(const worst::Work& work, double seconds) {
  double best = 0;
  const double end = processor_seconds() + seconds;
  for (int runs = 0; runs < 3 || processor_seconds() < end; ++runs) {
    const double begin = processor_seconds();
    std::size_t octets = 0, goes = 0;
    double taken = 0;
    do {
      const std::size_t done = work();
      if (done == 0) return 0;
      octets += done;
      taken = processor_seconds() - begin;
    } while (++goes < 1000 && taken < 0.0005);
    const double nanoseconds = taken * 1e9 / static_cast<double>(octets);
    best = best == 0 ? nanoseconds : std::min(best, nanoseconds);
    if (taken > seconds) break;
  }
  return best;
}

struct Figure {
  double small = 0, large = 0;
  double growth() const { return large / small; }
};

const char* verdict_of(const worst::Case& one, const Figure& figure) {
  if (figure.small == 0 || figure.large == 0) return "DID NOT WORK";
  if (std::max(figure.small, figure.large) > one.ceiling) return "ABOVE ITS CEILING";
  return figure.growth() > kGrowth ? "GROWS" : "";
}

void print(const worst::Case& one, const Figure& figure, bool json) {
  const char* format = json ? "{\"name\": \"%s\", \"size\": %zu, \"small\": %.4f, \"large\": %.4f, \"growth\": %.3f, "
                              "\"ceiling\": %g, \"verdict\": \"%s\"}\n"
                            : "%-48s %8zu %10.3f %10.3f %7.2f %9g  %s\n";
  std::printf(format, one.name.c_str(), one.size, figure.small, figure.large, figure.small == 0 ? 0 : figure.growth(),
              one.ceiling, verdict_of(one, figure));
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments = arguments_of(argc, argv);
  if (!arguments.good) {
    std::fprintf(stderr, "usage: bench_worst [--check] [--quick] [--json] [--only PART_OF_A_NAME]\n");
    return 2;
  }
  worst::Cases cases;
  worst::add_commands(cases);
  worst::add_replies(cases);
  worst::add_codecs(cases);
  worst::add_content(cases);
  worst::add_server(cases);
  worst::add_client(cases);
  if (!arguments.json)
    std::printf("%-48s %8s %10s %10s %7s %9s\n", "ns an octet", "N", "at N", "at 4 N", "growth", "ceiling");
  bool idle = false, above = false;
  for (const worst::Case& one : cases) {
    if (one.name.find(arguments.only) == std::string::npos) continue;
    Figure figure;
    figure.small = measure(one.make(one.size), arguments.seconds);
    figure.large = measure(one.make(one.size * kTimes), arguments.seconds);
    print(one, figure, arguments.json);
    const bool worked = figure.small != 0 && figure.large != 0;
    idle |= !worked;
    above |= worked && *verdict_of(one, figure) != '\0';
  }
  return idle || (arguments.check && above) ? 1 : 0;
}
