"""Loans that the prepare step refuses: message, exit code, and nothing written."""

from __future__ import annotations

import unittest
from unittest import mock

from loans import HEADER, generate, write
from support import StepTest, written

import credit_data

LINES = generate(100, 20)


def with_value(line: int, column: str, value: str) -> list[str]:
    """Good loans, one value of which is replaced; the header is line 1."""
    values = LINES[line - 1].split()
    values[HEADER.split().index(column)] = value
    return [*LINES[: line - 1], " ".join(values), *LINES[line:]]


class PrepareFailureTest(StepTest):
    def refuse(self, lines: list[str], message: str, *arguments: object) -> None:
        """The step refuses a file of these lines."""
        path = write(self.folder / "in" / "loans.asc", lines)
        self.assert_refused(message, "prepare", "--input", path, *arguments)

    def test_value_missing(self) -> None:
        lines = [*LINES[:16], LINES[16].rsplit(" ", 1)[0], *LINES[17:]]
        self.refuse(lines, "loans.asc:17: must have 21 values, got: 20")

    def test_value_missing_in_every_line(self) -> None:
        lines = [LINES[0], *(line.rsplit(" ", 1)[0] for line in LINES[1:3])]
        self.refuse(
            lines,
            "loans.asc:2: must have 21 values, got: 20\nloans.asc:3: must have 21 values, got: 20",
        )

    def test_value_too_many(self) -> None:
        lines = [*LINES[:16], LINES[16] + " 7", *LINES[17:]]
        self.refuse(lines, "loans.asc:17: must have 21 values, got: 22")

    def test_value_is_no_whole_number(self) -> None:
        for value in ("x", "1.0", "1_0", "NaN", "3O", "99999999999999999999"):
            with self.subTest(value):
                self.refuse(
                    with_value(30, "alter", value),
                    f"loans.asc:30: column 'alter' (age) must be a whole number, got: {value}",
                )

    def test_code_is_unknown(self) -> None:
        self.refuse(
            with_value(5, "laufkont", "5"),
            "loans.asc:5: column 'laufkont' (status) must be between 1 and 4, got: 5",
        )

    def test_label_is_unknown(self) -> None:
        self.refuse(
            with_value(101, "kredit", "2"),
            "loans.asc:101: column 'kredit' (credit_risk) must be between 0 and 1, got: 2",
        )

    def test_quantity_is_implausible(self) -> None:
        for column, name, value, rule in (
            ("laufzeit", "duration", "0", "between 1 and 120"),
            ("hoehe", "amount", "-5", "between 1 and 1000000"),
            ("alter", "age", "4294967316", "between 18 and 120"),
        ):
            with self.subTest(column):
                self.refuse(
                    with_value(8, column, value),
                    f"loans.asc:8: column '{column}' ({name}) must be {rule}, got: {value}",
                )

    def test_line_numbers_count_blank_lines(self) -> None:
        lines = with_value(5, "telef", "3")
        self.refuse(
            [*lines[:3], "", *lines[3:]],
            "loans.asc:6: column 'telef' (telephone) must be between 1 and 2, got: 3",
        )

    def test_many_bad_lines_are_counted(self) -> None:
        bad = [LINES[0], *(line.rsplit(" ", 1)[0] + " 9" for line in LINES[1:])]
        shown = [
            f"loans.asc:{line}: column 'kredit' (credit_risk) must be between 0 and 1, got: 9"
            for line in range(2, 12)
        ]
        self.refuse(bad, "\n".join([*shown, "and 90 more problems"]))

    def test_column_is_missing(self) -> None:
        lines = [line.rsplit(" ", 2)[0] + " " + line.rsplit(" ", 1)[1] for line in LINES]
        self.refuse(
            lines,
            "loans.asc:1: column 'gastarb' (foreign_worker) must be in the header, is missing",
        )

    def test_column_is_unknown(self) -> None:
        lines = [f"{LINES[0]} bonus", *(line + " 1" for line in LINES[1:])]
        self.refuse(
            lines,
            "loans.asc:1: column 'bonus' must be one of the data set's columns, is unknown",
        )

    def test_column_is_repeated(self) -> None:
        lines = [f"{LINES[0]} alter", *(line + " 30" for line in LINES[1:])]
        self.refuse(lines, "loans.asc:1: column 'alter' must be in the header once, is repeated")

    def test_header_is_missing(self) -> None:
        path = write(self.folder / "in" / "loans.asc", LINES[1:])
        result = self.run_step("prepare", "--input", path)
        self.assertEqual(result.code, 1)
        self.assertIn("column 'laufkont' (status) must be in the header", result.stderr)
        self.assertEqual(written(self.output), [])

    def test_file_is_empty(self) -> None:
        self.refuse([], "loans.asc: must hold a header line and loans, is empty")

    def test_file_has_only_a_header(self) -> None:
        self.refuse([HEADER, ""], "loans.asc: must hold loans below the header line, holds none")

    def test_file_is_not_there(self) -> None:
        folder = self.folder / "in"
        folder.mkdir()
        self.assert_refused(
            f"{folder}: must hold a file of loans, found none", "prepare", "--input", folder
        )

    def test_file_is_binary(self) -> None:
        path = self.folder / "loans.asc"
        path.write_bytes(HEADER.encode() + b"\n\xff\xfe\x00\x01\n")
        self.assert_refused("loans.asc:2: must have 21 values, got: 1", "prepare", "--input", path)

    def test_one_class_only(self) -> None:
        good = [line for line in LINES if not line.endswith(" 0")]
        self.refuse(
            good,
            "column 'credit_risk' must have both classes (1 = good, 0 = bad), "
            "all 70 loans are 1",
        )
        self.refuse(
            [HEADER, *(line for line in LINES if line.endswith(" 0"))],
            "column 'credit_risk' must have both classes (1 = good, 0 = bad), "
            "all 30 loans are 0",
        )

    def test_too_few_of_one_class(self) -> None:
        few = [*LINES[:70], *LINES[-2:]]
        self.refuse(
            few,
            "each part must get loans of both classes, got too few: 69 good and 2 bad for a test "
            "part of 0.2 and a validation part of 0.15",
        )

    def test_fractions_leave_no_training_part(self) -> None:
        self.refuse(
            LINES,
            "--test-fraction and --validation-fraction must be below 1 together, got: 1.25",
            "--test-fraction",
            0.75,
            "--validation-fraction",
            0.5,
        )

    def test_fraction_is_none(self) -> None:
        path = write(self.folder / "in" / "loans.asc", LINES)
        result = self.run_step("prepare", "--input", path, "--test-fraction", "1.5")
        self.assertEqual(result.code, 2)
        self.assertIn("--test-fraction: must be between 0 and 1, got: 1.5", result.stderr)

    def test_seed_is_none(self) -> None:
        path = write(self.folder / "in" / "loans.asc", LINES)
        for value in ("-1", "4294967296", "x"):
            result = self.run_step("prepare", "--input", path, f"--seed={value}")
            self.assertEqual(result.code, 2)
            self.assertIn(
                f"--seed: must be a whole number from 0 to 2^32-1, got: {value}", result.stderr
            )

    def test_bad_second_file_spoils_the_first(self) -> None:
        write(self.folder / "in" / "a.asc", LINES)
        write(self.folder / "in" / "b.asc", with_value(2, "pers", "0"))
        self.assert_refused(
            "b.asc:2: column 'pers' (people_liable) must be between 1 and 2, got: 0",
            "prepare",
            "--input",
            self.folder / "in",
        )

    def test_failure_while_writing_leaves_nothing(self) -> None:
        path = write(self.folder / "in" / "loans.asc", LINES)
        note = self.folder / "message"
        full = OSError("disk is full")
        with mock.patch.object(credit_data, "describe_encoding", side_effect=full):
            with self.assertRaises(OSError):
                self.run_step("prepare", "--input", path, "--exit-message-file", note)
        self.assertEqual(note.read_text(), "OSError: disk is full")
        self.assertEqual(written(self.output), [])

    def test_process_ends_with_code_1(self) -> None:
        path = write(self.folder / "in" / "loans.asc", [])
        result = self.run_process("prepare", "--input", path)
        self.assertEqual(result.code, 1)
        self.assertEqual(
            result.stderr,
            "prepare.py: loans.asc: must hold a header line and loans, is empty\n",
        )

    def test_exit_message_is_cut_to_what_the_service_keeps(self) -> None:
        bad = [LINES[0], *(line.rsplit(" ", 1)[0] + " 7Ä" for line in LINES[1:])]
        path = write(self.folder / "in" / "loans.asc", bad)
        note = self.folder / "message"
        result = self.run_step("prepare", "--input", path, "--exit-message-file", note)
        self.assertEqual(result.code, 1)
        self.assertLessEqual(len(note.read_bytes()), 1024)
        self.assertIn("got: 7Ä", note.read_text(encoding="utf-8"))

    def test_exit_message_needs_its_folder(self) -> None:
        path = write(self.folder / "in" / "loans.asc", [])
        note = self.folder / "nowhere" / "message"
        result = self.run_step("prepare", "--input", path, "--exit-message-file", note)
        self.assertEqual(result.code, 1)
        self.assertFalse(note.parent.exists())


if __name__ == "__main__":
    unittest.main()
