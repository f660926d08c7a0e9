# SPDX-License-Identifier: LGPL-2.1-or-later
"""doc/schema/*.json as functions: each document that a test sees is looked at, and jsonschema takes
a tenth of a second for a report.  What is understood here is what those schemas use; a word that is
not understood is refused when it is compiled.  test_schema.py holds it against jsonschema."""
import glob
import json
import os
import re

SOURCE = os.environ.get("UL_SOURCE_DIR") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FOLDER = os.path.join(SOURCE, "doc", "schema")
SAYS_NOTHING = {"$schema", "$id", "$comment", "$defs", "title", "description"}


def load():
    """Name in a document's member `schema` -> the schema."""
    found = {}
    for path in sorted(glob.glob(os.path.join(FOLDER, "*.schema.json"))):
        with open(path, encoding="utf-8") as f:
            schema = json.load(f)
        found[schema["properties"]["schema"]["const"]] = schema
    return found


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


TYPES = {
    "object": lambda v: isinstance(v, dict),
    "array": lambda v: isinstance(v, list),
    "string": lambda v: isinstance(v, str),
    "boolean": lambda v: isinstance(v, bool),
    "null": lambda v: v is None,
    "number": is_number,
    "integer": lambda v: is_number(v) and int(v) == v,
}


def of_type(wanted):
    tests = [TYPES[t] for t in ([wanted] if isinstance(wanted, str) else wanted)]
    alone = tests[0] if len(tests) == 1 else None
    return lambda v: (alone(v) if alone else any(t(v) for t in tests)) or f"is not of type {wanted}"


def one_word(words):
    return lambda v: any(v == w and isinstance(v, bool) == isinstance(w, bool) for w in words) or f"{v!r} is none of {words}"


def matches(pattern):
    search = re.compile(pattern).search
    return lambda v: not isinstance(v, str) or bool(search(v)) or f"{v!r} does not match {pattern}"


def bounded(test, kind, what):
    return lambda v: not kind(v) or test(v) or f"{what}: {str(v)[:60]}"


class Compiler:
    """The checks of a schema: each returns True, or what is wrong."""

    def __init__(self, schema):
        self.definitions = schema.get("$defs", {})
        self.compiled = {}

    def reference(self, target):
        prefix, name = target[:8], target[8:]
        if prefix != "#/$defs/":
            raise ValueError("not understood: $ref " + target)
        if name not in self.compiled:
            self.compiled[name] = None  # it may refer to itself
            self.compiled[name] = self.node(self.definitions[name])
        return self.compiled[name] or (lambda v: self.compiled[name](v))

    def members(self, node):
        known = {name: self.node(child) for name, child in node.get("properties", {}).items()}
        required = node.get("required", [])
        together = node.get("dependentRequired", {})
        closed = node.get("additionalProperties", True) is False

        def check(value):
            if not isinstance(value, dict):
                return True
            for name in required:
                if name not in value:
                    return f"no member {name!r}"
            for name, child in value.items():
                test = known.get(name)
                if test is None:
                    if closed:
                        return f"a member {name!r} that is not known"
                    continue
                result = test(child)
                if result is not True:
                    return f"{name}: {result}"
                for other in together.get(name, ()):
                    if other not in value:
                        return f"{name!r} without {other!r}"
            return True
        return check

    def items(self, node):
        test = self.node(node)

        def check(value):
            for i, child in enumerate(value if isinstance(value, list) else ()):
                result = test(child)
                if result is not True:
                    return f"{i}: {result}"
            return True
        return check

    def one_of(self, nodes):
        tests = [self.node(n) for n in nodes]

        def check(value):
            results = [t(value) for t in tests]
            return results.count(True) == 1 or "; ".join(str(r) for r in results)
        return check

    def part(self, node, word, value):
        is_list = TYPES["array"]
        simple = {
            "$ref": lambda: self.reference(value),
            "type": lambda: of_type(value),
            "enum": lambda: one_word(value),
            "const": lambda: one_word([value]),
            "pattern": lambda: matches(value),
            "minimum": lambda: bounded(lambda v: v >= value, is_number, f"below {value}"),
            "maximum": lambda: bounded(lambda v: v <= value, is_number, f"above {value}"),
            "minItems": lambda: bounded(lambda v: len(v) >= value, is_list, f"fewer than {value}"),
            "maxItems": lambda: bounded(lambda v: len(v) <= value, is_list, f"more than {value}"),
            "uniqueItems": lambda: bounded(lambda v: len({json.dumps(x) for x in v}) == len(v), is_list, "twice the same"),
            "items": lambda: self.items(value),
            "oneOf": lambda: self.one_of(value),
            "properties": lambda: self.members(node),
        }
        if word in SAYS_NOTHING or word in ("required", "additionalProperties", "dependentRequired") and "properties" in node:
            return None
        if word not in simple:
            raise ValueError("not understood: " + word)
        return simple[word]()

    def node(self, node):
        parts = [p for p in (self.part(node, word, value) for word, value in node.items()) if p]
        if len(parts) == 1:
            return parts[0]

        def check(value):
            for part in parts:
                result = part(value)
                if result is not True:
                    return result
            return True
        return check


def compile_all():
    return {name: Compiler(schema).node(schema) for name, schema in load().items()}


_compiled = {}


def fault_of(document):
    """What is wrong with a document of a schema that is known; None if nothing is."""
    if not _compiled:
        _compiled.update(compile_all())
    name = document.get("schema") if isinstance(document, dict) else None
    test = _compiled.get(name) if isinstance(name, str) else None
    if test is None:
        return f"no schema {name!r} in doc/schema"
    result = test(document)
    return None if result is True else f"{name}: {result}"


def faults_of_output(out):
    """Of what a run printed: one document, or one a line; what is no such document is passed over."""
    if not out.lstrip().startswith(b'{'):
        return []
    head = out[:64].replace(b" ", b"").replace(b"\n", b"")
    if not head.startswith(b'{"schema":"underlabel.'):
        return []
    documents = [out] if out.startswith(b"{\n") else [line for line in out.split(b"\n") if line]
    found = []
    for document in documents:
        try:
            fault = fault_of(json.loads(document))
        except ValueError as error:
            fault = f"no JSON: {error}"
        if fault and fault not in found:
            found.append(fault)
    return found
