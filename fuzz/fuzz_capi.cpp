// The C API called in any order with any arguments that its types permit: each call gives an error that it names, and
// what was refused leaves no trace, by comparison with a twin that was not asked.
//
// Input: octet 0 what is called (0 a server session, 1 a client session, 2 what needs no session), then the calls.
#include "support/capi_client.h"
#include "support/capi_server.h"
#include "support/capi_syntax.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > 4096) return 0;
  support::Calls calls({reinterpret_cast<const char*>(data) + 1, size - 1});
  switch (data[0] % 3) {
    case 0: support::ServerTwins(calls).run(); break;
    case 1: support::ClientTwins(calls).run(); break;
    default: support::SyntaxCalls(calls).run(); break;
  }
  return 0;
}
