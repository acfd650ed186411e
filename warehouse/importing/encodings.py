"""Which encoding the text of a file is in."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import BinaryIO, Final

from charset_normalizer import from_bytes

BLOCK: Final = 1 << 20  # bytes
SAMPLE: Final = 1 << 18
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
WINDOWS: Final = "cp1252"  # what spreadsheets of western Windows write unless told otherwise
LATIN_9: Final = "iso8859-15"  # the same but for eight letters, and nothing from 0x80 to 0x9F
OTHERS: Final = ("cp1250", "cp1251", "cp1253", "cp1254", "cp932", "gb18030", "big5", "euc_kr")
BINARY: Final = 0.01  # from this share of control characters on it is no text
_CONTROLS: Final = [bytes([number]) for number in range(32) if number not in b"\t\n\v\f\r\x1a\x1b"]
_KINDS: Final = (
    (b"PK\x03\x04", "This is an Excel workbook or an archive"),
    (b"\xd0\xcf\x11\xe0", "This is an old Excel workbook"),
    (b"%PDF", "This is a PDF"),
    (b"PK\x05\x06", "This is an empty archive"),
    (b"\x1f\x8b", "This file is compressed"),
    (b"BZh", "This file is compressed"),
    (b"\xfd7zXZ", "This file is compressed"),
    (b"7z\xbc\xaf", "This file is compressed"),
    (b"\x28\xb5\x2f\xfd", "This file is compressed"),
    (b"PAR1", "This is a Parquet file"),
    (b"\x89PNG", "This is a picture"),
    (b"\xff\xd8\xff", "This is a picture"),
)
_SAVE: Final = "Save the table as CSV (UTF-8) and import that."


class NoTextError(ValueError):
    """The file is no text; the message is for people."""


def encoding_of(path: Path) -> str:
    """The codec to read a file with: by its mark, UTF-8 where it is that, or the likeliest other one.

    A file that is UTF-8 but for a few broken places is UTF-8. Reads the file once, in bounded memory.

    Raises:
        NoTextError: it is something else than text.
        OSError: it can't be read.
    """
    with path.open("rb") as file:
        head = file.read(SAMPLE)
        for start, what in _KINDS:
            if head.startswith(start):
                raise NoTextError(f"{what}. {_SAVE}")
        for mark, encoding in _MARKS:
            if head.startswith(mark):
                return encoding
        if wide := _wide(head):
            return wide
        if head.count(0) > BINARY * len(head):
            raise NoTextError(f"This is no text. {_SAVE}")
        file.seek(0)
        broken = _broken_at(file)
        if broken is None:
            return "utf-8"
        file.seek(max(0, broken - SAMPLE // 2))
        around = file.read(SAMPLE)
    if sum(map(around.count, _CONTROLS)) > BINARY * len(around):
        raise NoTextError(f"This is no text. {_SAVE}")
    return "utf-8" if _is_mostly_utf8(around) else _likeliest(around)


def _wide(head: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of plain letters is 0."""
    odd, even = head[1::2].count(0), head[0::2].count(0)
    if odd + even < len(head) // 8:
        return None
    if odd > 20 * even:
        return "utf-16-le"
    return "utf-16-be" if even > 20 * odd else None


def _broken_at(file: BinaryIO) -> int | None:
    """Where the first byte stands that is no UTF-8; None where all are."""
    decoder, at = codecs.getincrementaldecoder("utf-8")("strict"), 0
    while True:
        block = file.read(BLOCK)
        try:
            decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            return at + error.start
        at += len(block)
        if not block:
            return None


def _is_mostly_utf8(around: bytes) -> bool:
    """Whether there are many more letters of several bytes that are right than broken places."""
    text = around.decode("utf-8", "surrogateescape")
    broken = sum("\udc80" <= letter <= "\udcff" for letter in text)
    right = sum(letter > "\x7f" for letter in text) - broken
    return right > 10 * broken


def _likeliest(around: bytes) -> str:
    lines = b"\n".join(line for line in around.splitlines() if not line.isascii())
    best = from_bytes(lines[:65_536], cp_isolation=[WINDOWS, *OTHERS]).best()
    found = best.encoding if best else WINDOWS
    # A euro of Latin-9 is the sign ¤ of Windows, which nobody writes.
    has_euro = b"\xa4" in around and not any(0x80 <= byte <= 0x9F for byte in around)
    return LATIN_9 if has_euro and found in (WINDOWS, OTHERS[0]) else found
