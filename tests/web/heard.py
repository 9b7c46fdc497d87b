"""A document as its listener gets it."""

from xml.etree import ElementTree as ET


def parsed(document: str) -> ET.Element:
    """The document's root; it must be XML."""
    root = ET.fromstring(document)  # noqa: S314 - made by us a moment ago
    assert root.tag == "Response"
    return root


def spoken(document: str) -> list[tuple[str, str]]:
    """What is said, each with its language."""
    return [
        (say.get("language", ""), "".join(say.itertext())) for say in parsed(document).iter("Say")
    ]
