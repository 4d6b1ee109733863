"""ehlo.h compiles alone, as the language that is asked for and without a warning."""
import subprocess
import sys
import tempfile

SOURCE = """#include "ehlo.h"
int main(void) {
  ehlo_server_options options;
  ehlo_server_options_init(&options, sizeof options);
  return EHLO_EXT_BIT(EHLO_EXT_SIZE) == 2 && EHLO_EXT_DEFAULT != 0 ? 0 : 1;
}
"""


def main() -> int:
    include, language, standard, *compiler = sys.argv[1:]
    with tempfile.NamedTemporaryFile("w", suffix=".c" if language == "c" else ".cpp") as source:
        source.write(SOURCE)
        source.flush()
        return subprocess.run(
            [*compiler, f"-std={standard}", "-pedantic-errors", "-Wall", "-Wextra", "-Werror", "-Wconversion",
             "-fsyntax-only", "-I", include, "-x", language, source.name],
            check=False,
        ).returncode


if __name__ == "__main__":
    sys.exit(main())
