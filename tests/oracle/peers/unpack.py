"""Takes the questionnaires out of packages: python unpack.py ARCHIVE... FOLDER"""

import pathlib
import sys
import tarfile
import zipfile

WANTED = {".xls", ".xlsx", ".csv", ".geojson"}


def members(path):
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                yield name, lambda name=name: archive.read(name)
    else:
        with tarfile.open(path) as archive:
            for member in archive.getmembers():
                if member.isfile():
                    yield member.name, lambda member=member: archive.extractfile(member).read()


*archives, folder = map(pathlib.Path, sys.argv[1:])
for archive in archives:
    for name, read in members(archive):
        parts = pathlib.PurePosixPath(name).parts
        if pathlib.PurePosixPath(name).suffix in WANTED and ".." not in parts:
            target = folder.joinpath(*parts)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(read())
