"""Differences from pyxform that are meant, each with its reason."""

import re

# Part of the document, what the line holds, reason.
TABLE = [
    (r"body", r"&lt;|&gt;|&amp;", "pyxform writes < in instance(..) of a label twice as an entity, which no engine can read"),
    (r"body|instance .*", r"query=|SELECT_ONE_EXTERNAL", "a list of external_choices is written into the form: no itemsets.csv is needed"),
    (r"bind .*|body|primary instance", r"(generated_table_list_label|reserved_name_for_field_list_labels)_\d+", "generated names carry the row, in a table of text the line of the file"),
    (r"instance .*", r"<label></>", "choices without any label get an empty one: ODK Validate refuses a list without"),
    (r"primary instance", r"odk:(delimiter|prefix|tag)", "answers by SMS are no part of ODK any more"),
    (r"primary instance", r"version=\"\d{4}-\d\d-\d\d[T ]", "a moment in the cell of the version is written in ISO 8601"),
    (r"body", r"<label>\d{4}-\d\d-\d\d", "a date in the cell of a label is written as a date"),
    (r"body", r"esri|upload mediatype=\"image/\*\" ref=\"/data/image1\"", "attributes take '::'; with ':' pyxform writes a Python dictionary"),
    (r"bind .*", r"only ours \['type=string'\]", "'trigger' is an alias of 'acknowledge' and has the same bind"),
]


def reason(form, line, theirs):
    """The reason of a difference, or nothing."""
    part, _, rest = line.partition(": ")
    if "select_one_external" in form.lower() or "SelectOneExternal" in form or "choice_name_as_type" in form:
        if part == "body" or part.startswith("instance "):
            return TABLE[1][2]
    for where, what, why in TABLE:
        if re.fullmatch(where, part) and re.search(what, line):
            return why
    # The counterpart of a line that pyxform wrote in another way.
    if part == "body" and "instance(" in rest and re.search(r"&amp;(lt|gt|amp);", theirs):
        return TABLE[0][2]
    if part.startswith("instance ") and re.match(r"pyxform (?!.*<label>).*<name>", rest):
        return TABLE[3][2]
    if part == "body" and "media_column__is_ignored" in form:
        return "a column 'media' without a kind is ignored"
    if part == "primary instance" and "test_sms" in form:
        return TABLE[4][2]
    return None
