#!/usr/bin/env python3
"""Seeds faults into small trees, and runs tools/check-layers on each."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

TOOL = pathlib.Path(__file__).resolve().parents[2] / "tools" / "check-layers"
PYTHON = "bindings/python/src/ehlo"


def checked(files):
    """The findings of the tool on a tree of these files, its last line, and its exit code."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in {f"{PYTHON}/__init__.py": "", **files}.items():
            path = pathlib.Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        run = subprocess.run([sys.executable, "-B", TOOL, folder], capture_output=True, text=True)
        assert not run.stderr, run.stderr
        *findings, last = run.stdout.splitlines()
        return findings, last, run.returncode


def methods(count):
    return "".join(f"  void f{number}();\n" for number in range(count))


class LayersTest(unittest.TestCase):
    def expect(self, files, *findings):
        found, last, code = checked(files)
        self.assertEqual(found, list(findings))
        self.assertRegex(last, rf" passed, {len(findings)} failed$")
        self.assertEqual(code, 1 if findings else 0)

    def test_a_clean_tree_has_no_findings(self):
        self.expect(
            {
                f"{PYTHON}/low.py": "import asyncio\nfrom typing import Any\n",
                f"{PYTHON}/high.py": "from . import low\nfrom .low import Any\nfrom .constants import Verb\n",
                "capi/ehlo_types.h": "",
                "lib/base/rows.h": '#include "ehlo_types.h"\n',
                "lib/syntax/verb.rl": '#include "base/rows.h"\ninclude words "grammar/words.rl";\n',
                "lib/grammar/words.rl": "",
                "capi/server.cpp": '#include "syntax/verb.h"\n#include "base/rows.h"\n',
            }
        )

    def test_modules_that_import_each_other_are_a_cycle(self):
        files = {f"{PYTHON}/a.py": "\nfrom .b import f\n", f"{PYTHON}/b.py": "from . import a\n"}
        self.expect(files, f"{PYTHON}/a.py:2: import cycle: ehlo.a -> ehlo.b -> ehlo.a")

    def test_an_import_for_type_checkers_counts(self):
        hidden = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .high import High\n"
        files = {f"{PYTHON}/high.py": "import ehlo.low\n", f"{PYTHON}/low.py": hidden}
        self.expect(files, f"{PYTHON}/high.py:1: import cycle: ehlo.high -> ehlo.low -> ehlo.high")

    def test_an_import_within_a_function_counts(self):
        files = {
            f"{PYTHON}/aio/__init__.py": "",
            f"{PYTHON}/aio/high.py": "from ..low import f\n",
            f"{PYTHON}/low.py": "def f():\n    from .aio import high\n",
        }
        self.expect(files, f"{PYTHON}/aio/high.py:1: import cycle: ehlo.aio.high -> ehlo.low -> ehlo.aio.high")

    def test_a_module_that_imports_from_its_package_above_is_a_cycle(self):
        files = {f"{PYTHON}/aio/__init__.py": "from .a import f\n", f"{PYTHON}/aio/a.py": "from ehlo.aio import g\n"}
        self.expect(files, f"{PYTHON}/aio/__init__.py:1: import cycle: ehlo.aio -> ehlo.aio.a -> ehlo.aio")

    def test_a_longer_cycle_is_one_finding(self):
        files = {f"{PYTHON}/{name}.py": f"from .{target} import f\n" for name, target in ("ab", "bc", "ca")}
        self.expect(files, f"{PYTHON}/a.py:1: import cycle: ehlo.a -> ehlo.b -> ehlo.c -> ehlo.a")

    def test_an_include_of_a_folder_above_is_found(self):
        files = {
            "lib/base/rows.h": '// low\n#include "syntax/verb.h"\n',
            "lib/syntax/verb.h": "",
        }
        self.expect(files, 'lib/base/rows.h:2: lib/base includes lib/syntax, which stands above it: "syntax/verb.h"')

    def test_an_include_of_a_folder_beside_is_found(self):
        files = {"lib/client/client.h": '#include "server/server.h"\n', "lib/server/server.h": ""}
        finding = 'lib/client/client.h:1: lib/client includes lib/server, which stands beside it: "server/server.h"'
        self.expect(files, finding)

    def test_the_functions_of_the_c_api_stand_above_the_library(self):
        files = {
            "lib/server/server.h": '#include "ehlo_server.h"\n#include "ehlo_server_types.h"\n',
            "capi/ehlo_server.h": "",
            "capi/ehlo_server_types.h": "",
        }
        self.expect(files, 'lib/server/server.h:1: lib/server includes capi, which stands above it: "ehlo_server.h"')

    def test_a_grammar_may_not_include_what_hosts_it(self):
        files = {"lib/grammar/words.rl": 'include host "syntax/host.rl";\n', "lib/syntax/host.rl": ""}
        finding = 'lib/grammar/words.rl:1: lib/grammar includes lib/syntax, which stands above it: "syntax/host.rl"'
        self.expect(files, finding)

    def test_headers_of_one_folder_that_include_each_other_are_a_cycle(self):
        files = {"lib/wire/a.h": '#include "wire/b.h"\n', "lib/wire/b.h": '#include "a.h"\n'}
        self.expect(files, "lib/wire/a.h:1: include cycle: lib/wire/a.h -> lib/wire/b.h -> lib/wire/a.h")

    def test_a_folder_that_is_in_no_layer_is_found(self):
        files = {"lib/other/a.h": '#include "base/rows.h"\n', "lib/base/rows.h": ""}
        self.expect(files, 'lib/other/a.h:1: lib/other is in no layer: "base/rows.h"')

    def test_a_file_above_the_limit_is_found(self):
        files = {"lib/base/a.h": "\n" * 400, "lib/base/b.h": "\n" * 401}
        self.expect(files, "lib/base/b.h:401: 401 lines, at most 400")

    def test_a_class_above_the_limit_is_found(self):
        files = {"lib/base/a.h": f"\nclass A {{\n{methods(35)}}};\nclass B final : public A {{\n{methods(36)}}};\n"}
        self.expect(files, "lib/base/a.h:39: B has 36 methods, at most 35")

    def test_what_is_no_function_of_a_class_is_not_counted(self):
        others = """
          // void comment();
          int member_ = f(1), other_{f(2)};
          void (*pointer_)(int);
          std::function<void(int)> call_;
          alignas(64) char buffer_[16];
          using Type = decltype(f());
          friend bool same(A, A) { return f(); }
          static_assert(sizeof(A) < 10);
          enum class Kind : int { one = f(1) };
          struct Nested { void g(); void h() {} };
        """
        self.expect({"lib/base/a.h": f"class A {{{methods(35)}{others}}};\n"})

    def test_every_form_of_a_function_counts_once(self):
        forms = """
         public:
          explicit A(int a) noexcept(true) : a_{a}, b_(a), c_{a} { f(); }
          ~A() = default;
          A(const A&) = delete;
          bool operator==(const A&) const noexcept;
          int operator()(int x = g()) { return x; }
          template <typename T, int n = f(1)>
          [[nodiscard]] static T made(T (*call)(int), Options options = {}, int last = 0);
        """
        self.expect({"lib/base/a.h": f"class A {{{methods(29)}{forms}}};\n"})
        finding = "lib/base/a.h:1: A has 36 methods, at most 35"
        self.expect({"lib/base/a.h": f"class A {{{methods(30)}{forms}}};\n"}, finding)

    def test_a_python_class_above_the_limit_is_found(self):
        body = "".join(f"    def f{number}(self): ...\n" for number in range(36))
        self.expect({f"{PYTHON}/a.py": f"class A:\n{body}"}, f"{PYTHON}/a.py:1: A has 36 methods, at most 35")


if __name__ == "__main__":
    unittest.main()
