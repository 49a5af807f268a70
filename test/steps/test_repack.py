"""Packing code into models, with archives that someone made well and archives that someone made to break in."""

from __future__ import annotations

import ast
import io
import os
import subprocess
import sys
import tarfile
import tempfile
import unittest
from pathlib import Path
from typing import Callable

SCRIPT = Path(__file__).resolve().parents[2] / "constructs" / "pipeline" / "scripts" / "repack.py"


def file(name: str, content: str = "model", mode: int = 0o644) -> tuple[tarfile.TarInfo, bytes]:
    """A member that is a file."""
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content.encode()), mode
    return member, content.encode()


def special(name: str, kind: bytes, target: str = "") -> tuple[tarfile.TarInfo, bytes]:
    """A member that is something else."""
    member = tarfile.TarInfo(name)
    member.type, member.linkname, member.mode = kind, target, 0o755
    return member, b""


def link(name: str, target: str) -> tuple[tarfile.TarInfo, bytes]:
    """A symbolic link."""
    return special(name, tarfile.SYMTYPE, target)


class RepackTest(unittest.TestCase):
    """Runs the script as a training job does, on folders of its own."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        for name in ("model", "code/lib", "output"):
            (self.folder / name).mkdir(parents=True)
        self.archive = self.folder / "model" / "model.tar.gz"
        self.output = self.folder / "output"
        (self.folder / "code" / "inference.py").write_text("new code")
        (self.folder / "code" / "lib" / "helper.py").write_text("helper")
        (self.folder / "secret").write_text("secret")

    def pack(self, *members: tuple[tarfile.TarInfo, bytes]) -> None:
        """Makes the archive."""
        with tarfile.open(self.archive, "w:gz") as archive:
            for member, content in members:
                archive.addfile(member, io.BytesIO(content))

    def repack(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs the script."""
        options = {"model": "model", "code": "code", "output": "output", "failure": "failure"}
        places = [part for name, place in options.items() for part in (f"--{name}", str(self.folder / place))]
        command = [sys.executable, str(SCRIPT), *places, *(arguments or ("--entry", "inference.py"))]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def repacked(self) -> dict[str, str]:
        """What the job leaves: files with their contents, links with their targets."""
        done = self.repack()
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertFalse((self.folder / "failure").exists())
        return {
            str(path.relative_to(self.output)): f"-> {os.readlink(path)}" if path.is_symlink() else path.read_text()
            for path in sorted(self.output.rglob("*"))
            if path.is_symlink() or path.is_file()
        }

    def assert_refused(self, message: str, *arguments: str) -> None:
        """The script must fail with this message, leave nothing, and touch nothing outside."""
        before = sorted(map(str, self.folder.iterdir()))
        done = self.repack(*arguments)
        self.assertEqual((done.returncode, done.stderr), (1, f"repack.py: {message}\n"))
        self.assertEqual((self.folder / "failure").read_text(), message)
        self.assertEqual(list(self.output.iterdir()), [])
        self.assertEqual((self.folder / "secret").read_text(), "secret")
        self.assertEqual(sorted(map(str, self.folder.iterdir())), sorted([*before, str(self.folder / "failure")]))


CODE = {"code/inference.py": "new code", "code/lib/helper.py": "helper"}


class GoodArchives(RepackTest):
    """What becomes of archives that are well made."""

    def test_keeps_the_model_and_adds_the_code(self) -> None:
        self.pack(special("./", tarfile.DIRTYPE), file("./weights/a.bin"), file("config.json", "{}"))
        self.assertEqual(self.repacked(), {**CODE, "config.json": "{}", "weights/a.bin": "model"})

    def test_the_result_makes_an_archive_that_gives_the_same_again(self) -> None:
        self.pack(file("a.bin"))
        first = self.repacked()
        with tarfile.open(self.archive, "w:gz") as archive:
            archive.add(self.output, arcname=".")
        self.assertEqual(self.repacked(), first)

    def test_replaces_older_code_wholly(self) -> None:
        self.pack(file("code/inference.py", "old code"), file("code/forgotten.py"), file("a.bin"))
        self.assertEqual(self.repacked(), {**CODE, "a.bin": "model"})

    def test_replaces_code_that_is_a_file(self) -> None:
        self.pack(file("code"), file("a.bin"))
        self.assertEqual(self.repacked(), {**CODE, "a.bin": "model"})

    def test_replaces_code_that_is_a_link_and_leaves_where_it_leads(self) -> None:
        self.pack(file("checkpoints/a.bin"), link("code", "checkpoints"))
        self.assertEqual(self.repacked(), {**CODE, "checkpoints/a.bin": "model"})

    def test_keeps_links_within_the_model(self) -> None:
        links = link("latest", "checkpoint-2"), link("checkpoint-2/up", "../latest/a.bin")
        self.pack(file("checkpoint-2/a.bin"), *links)
        self.assertEqual(
            self.repacked(),
            {
                **CODE,
                "checkpoint-2/a.bin": "model",
                "checkpoint-2/up": "-> ../latest/a.bin",
                "latest": "-> checkpoint-2",
            },
        )

    def test_makes_hard_links_files(self) -> None:
        self.pack(file("a.bin"), special("b.bin", tarfile.LNKTYPE, "a.bin"))
        self.assertEqual(self.repacked(), {**CODE, "a.bin": "model", "b.bin": "model"})

    def test_the_last_member_of_a_name_counts(self) -> None:
        self.pack(file("a.bin", "old"), link("b.bin", "a.bin"), file("b.bin", "new"))
        self.assertEqual(self.repacked(), {**CODE, "a.bin": "old", "b.bin": "new"})

    def test_keeps_of_the_permissions_what_makes_a_program(self) -> None:
        self.pack(file("run", mode=0o6777), file("a.bin", mode=0o000))
        self.repacked()
        modes = {path.name: oct(path.stat().st_mode & 0o7777) for path in self.output.iterdir() if path.is_file()}
        self.assertEqual(modes, {"run": "0o755", "a.bin": "0o644"})

    def test_takes_an_archive_of_any_name(self) -> None:
        self.pack(file("a.bin"))
        self.archive.rename(self.archive.with_name("loans.tar.gz"))
        self.assertEqual(self.repacked(), {**CODE, "a.bin": "model"})

    def test_takes_the_archive_of_the_usual_name_where_the_prefix_has_more(self) -> None:
        self.pack(file("a.bin"))
        (self.folder / "model" / "model.tar.gz.md5").write_text("0")
        self.assertEqual(self.repacked(), {**CODE, "a.bin": "model"})


class HostileArchives(RepackTest):
    """Archives that would write or read outside the model."""

    def test_refuses_members_outside(self) -> None:
        for name in ("../evil", "a/../../evil", "/tmp/repack-evil", "a/.."):
            with self.subTest(name):
                self.setUp()
                self.pack(file("a.bin"), file(name))
                self.assert_refused(f"{name} must lie in the model")
        self.assertFalse(Path("/tmp/repack-evil").exists())

    def test_refuses_links_outside(self) -> None:
        for target in ("../secret", "/etc/passwd", "a/../../secret", ".."):
            with self.subTest(target):
                self.setUp()
                self.pack(link("escape", target))
                self.assert_refused(f"escape must not be a link out of the model, got: {target}")

    def test_refuses_members_behind_links(self) -> None:
        self.pack(special("inside", tarfile.DIRTYPE), link("door", "inside"), file("door/evil"))
        self.assert_refused("door/evil must not lie behind a link")

    def test_refuses_links_that_only_together_lead_outside(self) -> None:
        # `up/..` looks like the model itself, but `up` is a link to it, so that its parent is outside.
        self.pack(link("up", "."), link("escape", "up/../secret"))
        self.assert_refused("escape must not be a link out of the model")

    def test_refuses_a_chain_of_links_in_any_order(self) -> None:
        self.pack(link("escape", "a/b/../../../secret"), link("a/b", "../c"), special("c", tarfile.DIRTYPE))
        self.assert_refused("escape must not be a link out of the model, got: a/b/../../../secret")
        self.setUp()
        self.pack(link("escape", "a/b/../../secret"), special("c", tarfile.DIRTYPE), link("a/b", "../c"))
        self.assert_refused("escape must not be a link out of the model")

    def test_does_not_write_through_a_link_of_the_same_name(self) -> None:
        self.pack(link("a", "b"), file("b", "kept"), file("a", "new"))
        self.assertEqual(self.repacked(), {**CODE, "a": "new", "b": "kept"})

    def test_refuses_hard_links_to_other_files(self) -> None:
        for target in ("missing", "folder", "soft"):
            with self.subTest(target):
                self.setUp()
                hard_link = special("b", tarfile.LNKTYPE, target)
                self.pack(file("a"), special("folder", tarfile.DIRTYPE), link("soft", "a"), hard_link)
                self.assert_refused(f"b must be linked to a file before it, got: {target}")
        self.setUp()
        self.pack(special("b", tarfile.LNKTYPE, "../secret"))
        self.assert_refused("../secret must lie in the model")

    def test_refuses_devices_and_pipes(self) -> None:
        for kind in (tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE):
            with self.subTest(kind):
                self.setUp()
                self.pack(special("device", kind))
                self.assert_refused("device must be a file, a folder or a link")

    def test_refuses_a_file_in_the_place_of_a_folder(self) -> None:
        self.pack(file("a/b"), file("a"))
        self.assert_refused("a must not take the place of a folder")


class BrokenInputs(RepackTest):
    """What is no archive, or no code."""

    def assert_broken(self, spoil: Callable[[bytes], bytes]) -> None:
        self.setUp()
        self.pack(file("a.bin", "model" * 10_000), file("b.bin"))
        self.archive.write_bytes(spoil(self.archive.read_bytes()))
        done = self.repack()
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertRegex(done.stderr, r"^repack\.py: model\.tar\.gz cannot be unpacked: ")
        self.assertNotIn("Traceback", done.stderr)
        self.assertEqual(list(self.output.iterdir()), [])

    def test_refuses_what_is_no_archive(self) -> None:
        self.assert_broken(lambda archive: archive[: len(archive) // 2])
        self.assert_broken(lambda archive: b"not an archive")
        self.assert_broken(lambda archive: b"")
        self.assert_broken(lambda archive: archive[:40] + b"\xff" * 20 + archive[60:])

    def test_refuses_a_folder_without_one_archive(self) -> None:
        self.assert_refused("the model must be one archive, got: none")
        self.setUp()
        for name in ("a.tar.gz", "b.tar.gz"):
            (self.folder / "model" / name).write_text("")
        self.assert_refused("the model must be one archive, got: a.tar.gz, b.tar.gz")

    def test_refuses_code_without_its_entry(self) -> None:
        self.pack(file("a.bin"))
        self.assert_refused("the code must have the file predict.py", "--entry", "predict.py")

    def test_needs_an_entry(self) -> None:
        self.pack(file("a.bin"))
        done = self.repack("--entry")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--entry", done.stderr)


class Language(unittest.TestCase):
    """The container may have an old Python."""

    def test_runs_on_python_3_7(self) -> None:
        ast.parse(SCRIPT.read_text(), feature_version=(3, 7))


if __name__ == "__main__":
    unittest.main()
