// The C API called in any order with any arguments that its types permit. Each call returns only the errors that its
// header names. A refused call changes nothing: a second session that did not get the call behaves the same.
//
// Input: octet 0: 0 calls of a server session, 1 of a client session, 2 calls without a session; then the calls.
#include "support/capi_client.h"
#include "support/capi_server.h"
#include "support/capi_syntax.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > 4096) return 0;
  support::Calls calls({reinterpret_cast<const char*>(data) + 1, size - 1});
  switch (data[0] % 3) {
    case 0: support::MirroredServers(calls).run(); break;
    case 1: support::MirroredClients(calls).run(); break;
    default: support::SyntaxCalls(calls).run(); break;
  }
  return 0;
}
