"""Compares the XForms that Lawang writes with pyxform's, part by part, and asks ODK Validate about them.

Usage: compare.py FORMS OURS [--validate] [--show N]

FORMS holds questionnaires (.xlsx, .xls, .csv, .md); OURS what `to_xform` wrote for them: NAME.xml, or
NAME.err with the reasons. Order counts where a form is shown or stored (instances, body), not among
binds, attributes and translations. White space counts only between words.
"""

import argparse
import re
import subprocess
import sys
import warnings
import xml.etree.ElementTree as ET
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyxform
from pyxform.xls2xform import convert

import reasons

warnings.filterwarnings("ignore")

PREFIXES = {
    "http://www.w3.org/2002/xforms": "",
    "http://www.w3.org/1999/xhtml": "h:",
    "http://www.w3.org/2001/xml-events": "ev:",
    "http://openrosa.org/javarosa": "jr:",
    "http://openrosa.org/xforms": "orx:",
    "http://www.opendatakit.org/xforms": "odk:",
    "http://www.opendatakit.org/xforms/entities": "entities:",
}


def short(name):
    """{uri}local as prefix:local."""
    match = re.match(r"\{(.*)\}(.*)", name)
    return PREFIXES.get(match[1], match[1] + ":") + match[2] if match else name


QUOTES = str.maketrans("\u2018\u2019\u201c\u201d", "''\"\"")


def words(text):
    """Text with white space evened out. Curly quotes of texts stay; pyxform makes them straight."""
    return " ".join((text or "").translate(QUOTES).split())


def attributes(element):
    return {short(k): words(v) for k, v in element.attrib.items()}


def flat(element):
    """An element as text: name, attributes, content."""
    inner = [words(element.text)]
    for child in element:
        inner += [flat(child), words(child.tail)]
    pairs = "".join(f' {k}="{v}"' for k, v in sorted(attributes(element).items()))
    return f"<{short(element.tag)}{pairs}>" + words(" ".join(inner)) + "</>"


def lines(element, path, out, counts, kind):
    """An ordered tree as lines."""
    here = f"{path}/{short(element.tag)}"
    simple = short(element.tag) in {"label", "hint"} or len(element) == 0
    counts[kind] += 1
    if simple:
        out.append(f"{path} {flat(element)}")
        return
    pairs = "".join(f' {k}="{v}"' for k, v in sorted(attributes(element).items()))
    out.append(f"{here}{pairs}")
    for child in element:
        lines(child, here, out, counts, kind)


def parts(xml, counts):
    """A document as a mapping of named parts to lists of lines."""
    root = ET.fromstring(xml.encode("utf-8"))
    ns = {"x": "http://www.w3.org/2002/xforms", "h": "http://www.w3.org/1999/xhtml"}
    model, body = root.find("h:head/x:model", ns), root.find("h:body", ns)
    out = {}
    out["title"] = [words(root.findtext("h:head/h:title", "", ns))]
    out["model"] = sorted(f"{k}={v}" for k, v in attributes(model).items())
    out["submission"] = [flat(e) for e in model.findall("x:submission", ns)]
    first = True
    for instance in model.findall("x:instance", ns):
        if first:
            first = False
            content = []
            lines(instance, "", content, counts, "primary nodes")
            out["primary instance"] = content
            continue
        name = instance.get("id")
        counts["secondary instances"] += 1
        items = [" ".join(sorted(map(flat, item))) for item in instance.iter() if short(item.tag) == "item"]
        counts["choices"] += len(items)
        out[f"instance {name}"] = [f"src={instance.get('src')}", *items]
    for bind in model.findall("x:bind", ns):
        found = attributes(bind)
        nodeset = found.pop("nodeset")
        counts["binds"] += 1
        counts["attributes of binds"] += len(found)
        out.setdefault(f"bind {nodeset}", []).extend(f"{k}={v}" for k, v in sorted(found.items()))
    known = {"submission", "instance", "bind", "itext"}
    out["actions"] = sorted(flat(e) for e in model if short(e.tag) not in known)
    counts["actions"] += len(out["actions"])
    for translation in model.findall("x:itext/x:translation", ns):
        lang = translation.get("lang")
        out[f"language {lang}"] = [f"default={translation.get('default')}"]
        for text in translation:
            counts["itext"] += 1
            out[f"itext {lang} {text.get('id')}"] = sorted(flat(value) for value in text)
    content = []
    lines(body, "", content, counts, "elements of the body")
    counts["controls"] += sum(1 for e in body.iter() if "ref" in e.attrib and short(e.tag) not in {"label", "hint", "value", "setvalue"})
    out["body"] = content
    return out


def differences(theirs, ours):
    for part in sorted(set(theirs) | set(ours)):
        a, b = theirs.get(part), ours.get(part)
        if a == b:
            continue
        if a is None or b is None:
            yield f"{part}: " + ("only ours " if a is None else "only pyxform ") + str(a or b)[:300]
            continue
        only_a, only_b = list((Counter(a) - Counter(b)).elements()), list((Counter(b) - Counter(a)).elements())
        if not only_a and not only_b:
            yield f"{part}: another order"
        for line in only_a:
            yield f"{part}: pyxform {line}"
        for line in only_b:
            yield f"{part}: ours    {line}"


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("forms", type=Path)
    arguments.add_argument("ours", type=Path)
    arguments.add_argument("--validate", action="store_true")
    arguments.add_argument("--show", type=int, default=40)
    arguments.add_argument("--only", default="")
    arguments.add_argument("--keep", type=Path, help="folder for what pyxform wrote")
    wishes = arguments.parse_args()
    seen, counts, other = Counter(), Counter(), Counter()
    shown, explained, refusals, accepted = [], Counter(), Counter(), []
    unreadable = []
    for path in sorted(wishes.forms.iterdir()):
        if wishes.only not in path.name or not path.is_file():
            continue
        ours_xml, ours_err = wishes.ours / f"{path.stem}.xml", wishes.ours / f"{path.stem}.err"
        if not ours_xml.exists() and not ours_err.exists():
            continue
        seen["forms"] += 1
        try:
            theirs = convert(str(path), validate=False).xform
        except Exception as error:  # Whatever it says of a file is an answer.
            theirs = None
            why = str(error)
        if theirs and wishes.keep:
            wishes.keep.mkdir(exist_ok=True)
            (wishes.keep / f"{path.stem}.xml").write_text(theirs, encoding="utf-8")
        if ours_err.exists():
            if theirs is None:
                seen["refused by both"] += 1
            else:
                seen["refused here only"] += 1
                refusals[(path.name, ours_err.read_text(encoding="utf-8").split("\n")[0])] += 1
            continue
        accepted.append(ours_xml)
        if theirs is None:
            seen["refused by pyxform only"] += 1
            other[(path.name, words(why)[:160])] += 1
            continue
        xml = ours_xml.read_text(encoding="utf-8")
        try:
            a, b = parts(theirs, Counter()), parts(xml, counts)
        except ET.ParseError as error:
            unreadable.append(f"{path.name}: {error}")
            continue
        seen["compared"] += 1
        open_differences = []
        for line in differences(a, b):
            reason = reasons.reason(path.name, line, theirs)
            if reason:
                explained[reason] += 1
            else:
                open_differences.append(line)
        if open_differences:
            seen["different"] += 1
            shown.append((path.name, open_differences))
        else:
            seen["equal"] += 1
    print(", ".join(f"{n} {what}" for what, n in seen.items()))
    print("compared: " + ", ".join(f"{n:,} {what}" for what, n in counts.items()))
    for reason, n in explained.most_common():
        print(f"explained {n}: {reason}")
    for name, found in shown[: wishes.show]:
        print(f"\n{name}")
        for line in found[:12]:
            print(f"  {line[:400]}")
    print(f"\nrefused here only: {len(refusals)}")
    for (name, why), _ in refusals.most_common():
        print(f"  {name}: {why}")
    print(f"\nrefused by pyxform only: {len(other)}")
    for (name, why), _ in other.most_common():
        print(f"  {name}: {why}")
    for line in unreadable:
        print(f"unreadable: {line}")
    bad = len(shown) + len(unreadable)
    if wishes.validate:
        bad += validate(accepted)
    return 1 if bad else 0


def validate(files):
    """How many files ODK Validate refuses. One process takes many files."""
    jar = Path(pyxform.__file__).parent / "validators/odk_validate/bin/ODK_Validate.jar"

    def ask(batch):
        command = ["java", "-Djava.awt.headless=true", "-jar", str(jar), *map(str, batch)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    batches = [files[i : i + 40] for i in range(0, len(files), 40)]
    refused = []
    with ThreadPoolExecutor(max_workers=2) as pool:
        for batch, (code, said) in zip(batches, pool.map(ask, batches)):
            if code == 0:
                continue
            # Which of them it was, one by one.
            for file, (code, said) in zip(batch, pool.map(lambda f: ask([f]), batch)):
                if code:
                    refused.append((file, said))
    print(f"\nODK Validate: {len(files) - len(refused)} of {len(files)} accepted")
    for file, said in refused:
        print(f"  {file.name}: {words(said)[:700]}")
    return len(refused)


if __name__ == "__main__":
    sys.exit(main())
