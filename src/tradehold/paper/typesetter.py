"""The process that Typst runs in: data in JSON comes in, a PDF goes out.

Typst keeps what it worked out for the last ten documents, which for long contracts is more than a gigabyte,
and says no way to let go of it. A process of its own gives all of it back when the page is set, and can be
ended when it hangs. Started by its path, so it must import nothing but Typst and the standard library.
"""

import sys
from pathlib import Path

import typst

_HERE = Path(__file__).parent


def typeset(data: str, timestamp: int) -> bytes:
    """`timestamp` is in seconds since 1970. Raises typst.TypstError."""
    # Only the vendored fonts: what is installed on a machine must not change a contract.
    fonts = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[_HERE / "fonts"]
    )
    return typst.compile(
        _HERE / "contract.typ",
        root=_HERE,
        font_paths=fonts,
        sys_inputs={"data": data},
        pdf_standards=["a-3b", "ua-1"],
        timestamp=timestamp,
    )


if __name__ == "__main__":
    sys.stdout.buffer.write(typeset(sys.stdin.buffer.read().decode(), int(sys.argv[1])))
