/* glue.h - what the extension adds to the C API: turns, which are one call and one block of memory each, and memory
 * that is counted. Parsed by cffi as well as by the compiler. */
#include <ehlo.h>

/* ---- memory ---- */

/* The allocator of all objects, and how many of its blocks are in use, for tests of leaks. */
const ehlo_allocator* ehlo_py_allocator(void);
int64_t ehlo_py_live_blocks(void);

/* ---- turns ---- */

enum { EHLO_PY_EVENTS = 64, EHLO_PY_SPANS = 1024, EHLO_PY_PARAMS = 128, EHLO_PY_OUT = 16384 };

/* The results of a call, in one block that Python reads through one buffer; the head first. */
typedef struct ehlo_py_head {
  ehlo_progress progress;
  uint64_t base; /* where in the input the offsets of the events count from */
  uint32_t event_count, reserved;
} ehlo_py_head;

typedef struct ehlo_py_server_turn {
  ehlo_py_head head;
  ehlo_server_event events[EHLO_PY_EVENTS];
  ehlo_span spans[EHLO_PY_SPANS];
  ehlo_param params[EHLO_PY_PARAMS];
  char out[EHLO_PY_OUT];
} ehlo_py_server_turn;

typedef struct ehlo_py_client_turn {
  ehlo_py_head head;
  ehlo_client_event events[EHLO_PY_EVENTS];
  char out[EHLO_PY_OUT];
} ehlo_py_client_turn;

/* ehlo_server_advance without answers, and ehlo_client_advance, repeated until there are events, or no more to do, or
 * no room: a turn without an event leaves the session still. The caps are at most those of the turn; a client has no
 * spans. */
void ehlo_py_server_advance(ehlo_server* server, const char* input, size_t length, ehlo_py_server_turn* turn,
                            uint32_t event_cap, uint32_t span_cap, size_t out_cap);
void ehlo_py_client_advance(ehlo_client* client, const char* input, size_t length, ehlo_py_client_turn* turn,
                            uint32_t event_cap, uint32_t span_cap, size_t out_cap);

/* Joins the octets of `count` spans of a received body in `out`, which has room for all of them, and returns their
 * number; NULL only counts them. */
size_t ehlo_py_gather(const char* base, const ehlo_span* spans, uint32_t count, char* out);
