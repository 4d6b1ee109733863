"""Each header compiles alone, as the language that is asked for and without a warning."""
import subprocess
import sys
import tempfile

SOURCES = {
    "ehlo.h": """#include "ehlo.h"
int main(void) {
  ehlo_server_options options;
  ehlo_server_options_init(&options, sizeof options);
  return EHLO_EXT_BIT(EHLO_EXT_SIZE) == 2 && EHLO_EXT_DEFAULT != 0 ? 0 : 1;
}
""",
    "ehlo_rows.h": """#include "ehlo_rows.h"
static const ehlo_verb_row verb = {"XFOO", "", 0, 0, 0, EHLO_ENHANCED(5, 5, 1), EHLO_COMMAND_SMTP, 250, 502, 0,
                                   EHLO_ARGUMENT_TEXT, EHLO_FOLLOWS_NONE};
int main(void) {
  ehlo_rows rows = {0, 0, 0, 0, 0, 0, 0, 0, 0};
  ehlo_keyword_line line = {"XFOO", 0};
  rows.verbs = &verb;
  rows.verb_size = sizeof verb;
  return rows.verbs->no_code == 502 && EHLO_VERB_OWN == EHLO_PARAM_OWN && !line.arguments ? 0 : 1;
}
""",
    "ehlo_rows.def": """#include "ehlo_rows.def"
#include <stddef.h>
#include <stdint.h>
#include "ehlo_base.h"
enum {
#define EHLO_VERB_ROW(NAME, ID, VERB, EXTENSIONS, ARGUMENT, ...) OTHER_##NAME = ID,
#include "ehlo_rows.def"
  OTHER_COUNT
};
int main(void) { return OTHER_AUTH == (int)EHLO_VERB_AUTH && OTHER_COUNT != 0 ? 0 : 1; }
""",
    "ehlo_base.h": """#include "ehlo_base.h"
int main(void) {
  ehlo_span span = {EHLO_ABSENT, 0};
  return EHLO_EXT_BIT(EHLO_EXT_SIZE) == 2 && span.off != EHLO_OFF_CRLF && EHLO_OK == 0 ? 0 : 1;
}
""",
    "ehlo_syntax.h": """#include "ehlo_syntax.h"
int main(void) {
  ehlo_parse_options options;
  ehlo_reply reply = {0, 0, 0, 0};
  ehlo_parse_options_init(&options, sizeof options);
  return reply.code == 0 && EHLO_VERB_EHLO == 1 ? 0 : 1;
}
""",
    "ehlo_server.h": """#include "ehlo_server.h"
int main(void) {
  ehlo_server_options options;
  ehlo_server_options_init(&options, sizeof options);
  return EHLO_ASK_DEFAULT != 0 && EHLO_SERVER_EVENTS_MIN == 8 ? 0 : 1;
}
""",
    "ehlo_client.h": """#include "ehlo_client.h"
int main(void) {
  ehlo_client_options options;
  ehlo_envelope_options envelope;
  ehlo_client_batch batch = {0};
  uint32_t code = EHLO_ENHANCED(5, 1, 2);
  ehlo_client_options_init(&options, sizeof options);
  ehlo_envelope_options_init(&envelope, sizeof envelope);
  batch.event_size = sizeof *batch.events;
  batch.event_cap = EHLO_CLIENT_EVENTS_MIN;
  return EHLO_ENHANCED_CLASS(code) + EHLO_ENHANCED_SUBJECT(code) + EHLO_ENHANCED_DETAIL(code) == 8 &&
                 EHLO_OFF_END != EHLO_OFF_CRLF && EHLO_OFF_END != EHLO_ABSENT &&
                 EHLO_CLIENT_FLAG_REQUIRE_TLS != 0 && batch.event_cap != 0 ? 0 : 1;
}
""",
    "ehlo_types.h": """#include "ehlo_types.h"
#if !EHLO_VERSION_AT_LEAST(0, 1, 0) || EHLO_VERSION_AT_LEAST(EHLO_VERSION_MAJOR, EHLO_VERSION_MINOR + 1, 0)
#error "the version of the headers"
#endif
int main(void) {
  ehlo_progress progress = {0};
  return EHLO_VERSION_NUMBER == 100 && progress.consumed == 0 ? 0 : 1;
}
""",
    "ehlo_syntax_types.h": """#include "ehlo_syntax_types.h"
int main(void) {
  ehlo_hello hello = {0};
  return EHLO_SEEN_NUL == 32 && hello.domain.len == 0 ? 0 : 1;
}
""",
    "ehlo_server_types.h": """#include "ehlo_server_types.h"
int main(void) {
  ehlo_server_answer answer = {0};
  answer.kind = EHLO_SERVER_ANSWER_REPLY;
  answer.enhanced = EHLO_ENHANCED(5, 1, 2);
  return answer.text.len == 0 ? 0 : 1;
}
""",
    "ehlo_client_types.h": """#include "ehlo_client_types.h"
int main(void) {
  ehlo_client_event event = {0};
  return EHLO_SCOPE_CONNECTION == 3 && event.text.len == 0 ? 0 : 1;
}
""",
}


def main() -> int:
    include, language, standard, *compiler = sys.argv[1:]
    for header, text in SOURCES.items():
        with tempfile.NamedTemporaryFile("w", suffix=".c" if language == "c" else ".cpp") as source:
            source.write(text)
            source.flush()
            compiled = subprocess.run(
                [*compiler, f"-std={standard}", "-pedantic-errors", "-Wall", "-Wextra", "-Werror", "-Wconversion",
                 "-Wno-missing-field-initializers", "-fsyntax-only", "-I", include, "-x", language, source.name],
                check=False,
            )
        if compiled.returncode != 0:
            print(f"{header} does not compile alone")
            return compiled.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
