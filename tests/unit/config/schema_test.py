#!/usr/bin/env python3
"""docs/blipd.schema.json must accept and refuse the same files as the decoder.

Good files of data/good and deploy/*.yaml are accepted; bad files of data/bad are refused, except those that say
"# schema: cannot tell" and those that are no YAML. Needs python3-jsonschema and python3-yaml; exits with 77 without.
"""

import json
import pathlib
import re
import sys
import unittest

try:
    import jsonschema
    import yaml
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]


class Loader(yaml.SafeLoader):
    """YAML 1.2 core scalars, as blipd and yaml-language-server read them: `NO` is text, `1:20` is no number."""


Loader.yaml_implicit_resolvers = {}
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(true|false)$"), list("tf"))
Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(~|null|)$"), ["~", "n", ""])
Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^-?(0|[1-9][0-9]*)$"), list("-0123456789"))
Loader.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(r"^-?(0|[1-9][0-9]*)\.[0-9]+$"), list("-0123456789"))


def load(path):
    return yaml.load(path.read_text(encoding="utf-8"), Loader)


class SchemaTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        schema = json.loads((ROOT / "docs" / "blipd.schema.json").read_text(encoding="utf-8"))
        jsonschema.Draft7Validator.check_schema(schema)
        cls.validator = jsonschema.Draft7Validator(schema)

    def test_good_files_are_accepted(self):
        files = sorted((HERE / "data" / "good").glob("*.yaml")) + [ROOT / "deploy" / "blipd.example.yaml"]
        self.assertGreater(len(files), 5)
        for path in files:
            with self.subTest(path.name):
                self.assertEqual([error.message for error in self.validator.iter_errors(load(path))], [])

    def test_bad_files_are_refused(self):
        files = sorted((HERE / "data" / "bad").glob("*.yaml"))
        self.assertGreater(len(files), 40)
        for path in files:
            if "# schema: cannot tell" in path.read_text(encoding="utf-8"):
                continue
            with self.subTest(path.name):
                self.assertFalse(self.validator.is_valid(load(path)))


if __name__ == "__main__":
    unittest.main()
