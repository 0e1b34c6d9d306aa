"""HTML and SVG by construction: whatever is not marked as markup is escaped."""

import html

# Elements of HTML that have no content and no end tag.
_EMPTY = {"br", "img", "meta"}


class Markup(str):
    """Text that is HTML or SVG already. Any other text is escaped by `element`."""


def element(name: str, /, *children: str, **attributes: object) -> Markup:
    """One element with its children.

    Args:
        name: of the element.
        children: `Markup`, which goes in as it is, or text, which is escaped.
        attributes: values are escaped. An underscore at a name's end is dropped (`class_`), others become
            hyphens (`stroke_width`); `None` leaves the attribute out.
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _EMPTY:
        return Markup(f"<{name}{written}>")
    return Markup(f"<{name}{written}>{join(*children)}</{name}>")


def join(*children: str) -> Markup:
    """Children one after the other, escaped where they are not `Markup`."""
    return Markup("".join(child if isinstance(child, Markup) else html.escape(str(child)) for child in children))
