"""Named queries: `-- name: x` heads each statement in the .sql files beside this one."""

import re
from importlib.resources import files


def queries(stem: str) -> dict[str, str]:
    """The statements of `<stem>.sql` by name."""
    text = files(__name__).joinpath(f"{stem}.sql").read_text("utf-8")
    parts = re.split(r"^-- name: (\w+)\n", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], (part.strip() for part in parts[2::2]), strict=True))
