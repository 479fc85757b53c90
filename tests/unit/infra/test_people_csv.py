import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ssp.infra.people_csv import LONGEST_RECORD, BrokenFileError, HeaderError, PeopleFile, Row

HEADER = b"username,email,name,groups,password_hash\n"
ADA = {"username": "ada", "email": "ada@example.test", "name": "Ada", "groups": "agents", "password_hash": "x"}


def people(content: bytes) -> PeopleFile:
    return PeopleFile(io.BytesIO(content))


def lines(content: bytes) -> list[tuple[int, str]]:
    """Return the line and the username of each row."""
    return [(row.line, row.values["username"] if row.values else "?") for row in people(content).rows()]


@pytest.mark.parametrize(
    "content",
    [
        HEADER + b"ada,ada@example.test,Ada,agents,x\n",
        HEADER + b"ada,ada@example.test,Ada,agents,x",
        b"\xef\xbb\xbf" + HEADER + b"ada,ada@example.test,Ada,agents,x\n",
        HEADER.replace(b"\n", b"\r\n") + b"ada,ada@example.test,Ada,agents,x\r\n",
        HEADER.replace(b"\n", b"\r") + b"ada,ada@example.test,Ada,agents,x\r",
        b" Username ,EMAIL,name,groups,Password_Hash\nada,ada@example.test,Ada,agents,x\n",
        b"password_hash,groups,name,email,username\nx,agents,Ada,ada@example.test,ada\n",
        b'"username","email","name","groups","password_hash"\n"ada","ada@example.test","Ada","agents","x"\n',
    ],
)
def test_a_person_is_read_however_the_file_was_written(content: bytes) -> None:
    file = people(content)
    assert file.survey() == 1
    assert list(file.rows()) == [Row(2, 5, ADA)]
    assert list(file.rows()) == [Row(2, 5, ADA)]  # as often as asked


@pytest.mark.parametrize(
    "content, reason",
    [
        (b"", "the file is empty; its first line must name the columns username, email, name, groups, password_hash"),
        (b"\n\n", "the file is empty"),
        (b"username,email,name,groups,secret\n", "column 5 of line 1 is none of username, email, name"),
        (b"ada,ada@example.test,Ada,agents,$2y$04$hash\n", "column 1 of line 1 is none of username"),
        (HEADER.replace(b",", b";"), "column 1 of line 1 is none of username"),
        (HEADER.decode().encode("utf-16"), "column 1 of line 1 is none of username"),
        (b"username,email,name,groups,email\n", "line 1 names the column email twice"),
        (b"username,email,name,groups,password_hash,name\n", "line 1 names the column name twice"),
        (b"username,email,name,groups\n", "line 1 lacks the column password_hash; needed are username"),
        (b"\nusername,email,name,groups\n", "line 2 lacks the column password_hash"),
    ],
)
def test_a_header_that_names_other_columns_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(HeaderError, match=reason) as refusal:
        people(content).survey()
    assert "$2y$" not in str(refusal.value)
    with pytest.raises(HeaderError):
        list(people(content).rows())


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    content = HEADER + b'ada,,,,\n\n\nbob,,"two\nlines",,\ncleo,,,,\r\n"d\r\ndee",,,,\neve,,,,\n'
    assert lines(content) == [(2, "ada"), (5, "bob"), (7, "cleo"), (8, "d\r\ndee"), (10, "eve")]
    assert people(content).survey() == 5


def test_a_line_break_inside_quotes_makes_no_second_person() -> None:
    content = HEADER + b'ada,a@example.test,"Ada\nmallory,m@example.test,Mallory,admins,x\n",agents,x\n'
    assert lines(content) == [(2, "ada")]


def test_too_few_and_too_many_fields_are_counted() -> None:
    content = HEADER + b"ada\nada,,,,,\nada,,,,\n"
    assert [(row.size, row.values is None) for row in people(content).rows()] == [(1, True), (6, True), (5, False)]


def test_bytes_that_are_not_utf8_spoil_only_their_own_field() -> None:
    (row,) = people(HEADER + "ada,,Zoë,,x".encode("latin-1")).rows()
    assert row.values is not None
    assert row.values["name"] == "Zo\udceb"
    assert row.values["username"] == "ada"


@pytest.mark.parametrize(
    "record, reason",
    [
        (b'cleo,,"Cleo,,\n' + b"dee,,,,\n" * 3, "line 4: the quotes don't match"),
        (b'cleo,,"Cleo "Q" P",,\n', "line 4: the quotes don't match"),
        (b'cleo,,"Cleo \\"Q\\"",,\n', "line 4: the quotes don't match"),
        (b"x" * (LONGEST_RECORD + 1), "line 4: the record that begins here is longer than 65536 characters"),
        (b'"' + b"x\n" * LONGEST_RECORD + b'",,,,\n', "line 4: the record that begins here is longer"),
        (b",".join([b'"x\ny"'] * LONGEST_RECORD), "line 4: the record that begins here is longer"),
    ],
)
def test_the_file_is_broken_where_no_record_can_be_told_from_the_next(record: bytes, reason: str) -> None:
    content = HEADER + b'ada,,"two\nlines",,\n' + record
    with pytest.raises(BrokenFileError, match=reason):
        people(content).survey()
    rows = people(content).rows()
    assert next(rows).line == 2
    with pytest.raises(BrokenFileError):
        list(rows)


def test_the_longest_record_is_read_and_the_next_one_too() -> None:
    long = b"ada,,,," + b"x" * (LONGEST_RECORD - 8) + b"\n"
    assert lines(HEADER + long + long) == [(2, "ada"), (3, "ada")]


def test_reading_may_be_given_up_after_the_file_is_closed() -> None:
    stream = io.BytesIO(HEADER + b"ada,,,,\n")
    rows = PeopleFile(stream).rows()
    assert next(rows).line == 2
    stream.close()
    rows.close()


@example(b'"')
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(tail: bytes) -> None:
    try:
        counted = people(HEADER + tail).survey()
    except BrokenFileError:
        return
    assert counted == len(list(people(HEADER + tail).rows()))
