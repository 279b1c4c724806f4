"""Scratch folders for what runs under another user than the tests do."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def folder_for_all() -> Iterator[Path]:
    """Unlike `tmp_path` every user may enter it, as the server does which root runs under another user."""
    folder = Path(tempfile.mkdtemp(prefix="tradehold-test-")).resolve()
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
