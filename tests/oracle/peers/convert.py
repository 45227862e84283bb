"""Converts XLSForms with pyxform. One request a line on standard input, {"path": FILE}; one answer a
line, {"xml": TEXT} or {"error": TEXT}."""

import json
import sys

from pyxform.xls2xform import convert

for line in sys.stdin:
    path = json.loads(line)["path"]
    try:
        answer = {"xml": convert(path, validate=False).xform}
    except Exception as error:  # Whatever the converter says of a file is an answer.
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
