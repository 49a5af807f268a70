"""Packs code into a model: unpacks its archive, and puts the code into the folder `code` beside its files.

The service makes a new model.tar.gz of the folder when the job ends. An archive is data that somebody else made: members
and links that lead out of the folder are refused, and so is everything that is neither a file, a folder nor a link.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tarfile
import zlib
from pathlib import Path, PurePosixPath

ARCHIVE = "model.tar.gz"
CODE = "code"


class Refused(Exception):
    """An archive or code that cannot be packed, with the reason."""


def main() -> int:
    """Packs, or says why not: in the log and in the file that becomes the failure reason of the job."""
    options = parse()
    try:
        repack(options.model, options.code, options.entry, options.output)
    except Refused as error:
        # Nothing may remain that looks like a model.
        empty(options.output)
        options.failure.write_text(str(error))
        print(f"repack.py: {error}", file=sys.stderr)
        return 1
    return 0


def parse() -> argparse.Namespace:
    """The arguments; the defaults are the places in a training job."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entry", required=True, help="the file in the code that the container runs")
    parser.add_argument("--model", type=Path, default=Path("/opt/ml/input/data/model"))
    parser.add_argument("--code", type=Path, default=Path("/opt/ml/input/data/code"))
    parser.add_argument("--output", type=Path, default=Path("/opt/ml/model"))
    parser.add_argument("--failure", type=Path, default=Path("/opt/ml/output/failure"))
    return parser.parse_args()


def repack(model: Path, code: Path, entry: str, output: Path) -> None:
    """Fills `output` with the files of the archive in the folder `model` and those of the folder `code`."""
    if not (code / entry).is_file():
        raise Refused(f"the code must have the file {entry}")
    archive = archive_in(model)
    output.mkdir(parents=True, exist_ok=True)
    try:
        with tarfile.open(archive, "r:gz") as members:
            for member in members:
                unpack(members, member, output)
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise Refused(f"{archive.name} cannot be unpacked: {error}") from error
    check_links(output)
    replace(output / CODE, code)


def archive_in(folder: Path) -> Path:
    """The archive: the only file, or the one with the usual name."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    named = [path for path in files if path.name == ARCHIVE]
    for candidates in (files, named):
        if len(candidates) == 1:
            return candidates[0]
    names = ", ".join(path.name for path in files)
    raise Refused(f"the model must be one archive, got: {names or 'none'}")


def unpack(members: tarfile.TarFile, member: tarfile.TarInfo, output: Path) -> None:
    """Writes one member, always to a place of its own: never through a link, and never over one."""
    place = place_of(member.name, output)
    if place == output:
        return
    if member.isdir():
        make_room(place, member, keep_folder=True)
        place.mkdir(parents=True, exist_ok=True)
        return
    make_room(place, member)
    place.parent.mkdir(parents=True, exist_ok=True)
    if member.issym():
        check_target(member)
        place.symlink_to(member.linkname)
    elif member.islnk():
        source = place_of(member.linkname, output)
        if source.is_symlink() or not source.is_file():
            raise Refused(f"{member.name} must be linked to a file before it, got: {member.linkname}")
        shutil.copy(source, place)
    elif member.isfile():
        source_file = members.extractfile(member)
        assert source_file is not None  # as it is a file
        with source_file, open(place, "wb") as target:
            shutil.copyfileobj(source_file, target)
        # Of the permissions, only whether a file can be run matters.
        place.chmod(0o755 if member.mode & 0o100 else 0o644)
    else:
        raise Refused(f"{member.name} must be a file, a folder or a link")


def place_of(name: str, output: Path) -> Path:
    """Where a member belongs; no folder on the way may be a link."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\0" in name:
        raise Refused(f"{name} must lie in the model")
    place = output
    for part in path.parts:
        if place.is_symlink():
            raise Refused(f"{name} must not lie behind a link")
        place = place / part
    return place


def make_room(place: Path, member: tarfile.TarInfo, keep_folder: bool = False) -> None:
    """Removes what an earlier member of the same name left."""
    if place.is_symlink() or place.is_file():
        place.unlink()
    elif place.is_dir() and not keep_folder:
        raise Refused(f"{member.name} must not take the place of a folder")


def check_target(member: tarfile.TarInfo) -> None:
    """A link may name what lies in the model only, whatever other links there are."""
    target = PurePosixPath(member.linkname)
    inside = os.path.normpath(os.path.join(os.path.dirname(member.name), member.linkname))
    if target.is_absolute() or inside.split(os.sep)[0] == os.pardir:
        raise Refused(f"{member.name} must not be a link out of the model, got: {member.linkname}")


def check_links(output: Path) -> None:
    """Links together can lead out although none does so alone."""
    root = os.path.realpath(output)
    for folder, folders, files in os.walk(output):
        for name in folders + files:
            path = os.path.join(folder, name)
            if os.path.islink(path) and os.path.commonpath([root, os.path.realpath(path)]) != root:
                raise Refused(f"{os.path.relpath(path, output)} must not be a link out of the model")


def replace(place: Path, code: Path) -> None:
    """Puts the code in the place of what the archive has there."""
    if place.is_symlink() or place.is_file():
        place.unlink()
    elif place.is_dir():
        shutil.rmtree(place)
    shutil.copytree(code, place)


def empty(folder: Path) -> None:
    """Removes all that lies in a folder."""
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


if __name__ == "__main__":
    sys.exit(main())
