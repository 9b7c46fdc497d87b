"""The attributes of one element of a document.

Knows how a value is read, and that what is wrong or unknown is a warning and leaves the default.
Does not know what any attribute means.
"""

from xml.etree.ElementTree import Element

from ivr.simulator.network.trouble import NOT_VALID, Note


class Attributes:
    """Reads each attribute once, and in the end warns of those that nobody asked for."""

    def __init__(self, element: Element, warnings: list[Note]) -> None:
        self.warnings = warnings
        self._verb = element.tag
        self._left = dict(element.attrib)

    def text(self, name: str, default: str) -> str:
        """Read a text as it is."""
        return self._left.pop(name, default)

    def whole(self, name: str, default: int, *, least: int) -> int:
        """Read a whole number of at least `least`."""
        given = self._left.pop(name, None)
        if given is None:
            return default
        if given.isascii() and given.isdecimal() and int(given) >= least:
            return int(given)
        self.warn(NOT_VALID, f"{self._verb}: {name}={given!r} is no whole number from {least} on")
        return default

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        """Read one of a few words; the first is the default."""
        given = self._left.pop(name, choices[0])
        if given in choices:
            return given
        self.warn(NOT_VALID, f"{self._verb}: {name}={given!r} is none of {', '.join(choices)}")
        return choices[0]

    def warn(self, code: int, message: str) -> None:
        """Note what the carrier's debugger would show."""
        self.warnings.append(Note(code=code, message=message))

    def warn_of_the_rest(self) -> None:
        """Note the attributes that the verb does not have; the carrier leaves them out."""
        for name in self._left:
            self.warn(NOT_VALID, f"{self._verb}: attribute {name!r} is not allowed")
