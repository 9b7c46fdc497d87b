"""What a release of call flows is: a whole set of files for all banks or for one, named by its content.

Knows how a name follows from content, so that whoever holds the files can tell whether they are those
that were approved. Does not know what the files say, where they are kept, or which are in force.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final

import msgspec

ALL_BANKS: Final = "*"
"""The scope of a release that every bank follows which has none of its own."""
Files = Mapping[str, bytes]
"""Contents by path within the folder: `link-readout.yaml`, `parts/closing.yaml`."""
_LENGTH: Final = 12
_FORMAT: Final = b"honnin call flows 1"
"""Changes when the same files come to mean something else, and with it every name."""


class Content(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """A release with all that it is made of."""

    scope: str
    files: Files

    @property
    def name(self) -> str:
        """The release's name, from what is really here."""
        return name_release(self.scope, self.files)


class Posted(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """What hangs on the board: the release of each scope that has one."""

    scopes: Mapping[str, str]


def name_release(scope: str, files: Files) -> str:
    """Derive a release's name: the first 12 hex digits of a SHA-256 over its scope and files."""
    digest = hashlib.sha256(_FORMAT)
    for part in (scope.encode(), *_parts_of(files)):
        digest.update(len(part).to_bytes(8))
        digest.update(part)
    return digest.hexdigest()[:_LENGTH]


def _parts_of(files: Files) -> list[bytes]:
    return [part for path in sorted(files) for part in (path.encode(), files[path])]
