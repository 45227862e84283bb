"""Collects the questionnaires of pyxform's own tests: every table that a test hands to the converter,
written to a file. Usage: collect.py SOURCES OUT, SOURCES being an unpacked source distribution."""

import hashlib
import os
import re
import shutil
import sys
import unittest
from pathlib import Path

sources, out = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
out.mkdir(parents=True, exist_ok=True)
sys.path.insert(0, str(sources))
os.chdir(sources)

from tests import pyxform_test_case  # noqa: E402

found = {}


def keep(self, md=None, ss_structure=None, **_):
    """Stands in for the assertion: the table is all that is wanted."""
    if md:
        # Labels of entities are expressions; these would name questions that are not there.
        md = re.sub(r"\| (E\d+) ", r"| '\1' ", md)
        name = self.id().removeprefix("tests.").replace(".", "-")
        digest = hashlib.sha256(md.encode()).hexdigest()[:8]
        found[f"{name}-{digest}"] = md


pyxform_test_case.PyxformTestCase.assertPyxformXform = keep
suite = unittest.defaultTestLoader.discover("tests", top_level_dir=".")
unittest.TextTestRunner(stream=open(os.devnull, "w")).run(suite)
texts = set()
for name, md in sorted(found.items()):
    if md not in texts:
        texts.add(md)
        (out / f"{name}.md").write_text(md, encoding="utf-8")
for path in sorted((sources / "tests").rglob("*")):
    if path.suffix in {".xls", ".xlsx"} and path.is_file():
        name = "-".join(path.relative_to(sources / "tests").parts)
        shutil.copy(path, out / f"file-{name}")
print(f"{len(texts)} tables and {len(list(out.glob('file-*')))} workbooks")
