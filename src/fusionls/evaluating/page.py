"""A report as one HTML file that needs no network and runs no script.

It is built as a tree and written out by the standard library, which escapes every text and attribute: a
repository may call a file what it likes.
"""

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, tostring

# Nothing is fetched, whatever stands in the page.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .25rem .6rem; border-bottom: 1px solid #8884; }
th:first-child, td:first-child { text-align: left; overflow-wrap: anywhere; }
tr.strong td { font-weight: 600; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: #8881; padding: .5rem; margin: .2rem 0; }
details { border-bottom: 1px solid #8884; padding: .4rem 0; } summary { overflow-wrap: anywhere; }
svg { width: 100%; height: auto; } svg text { font-size: 12px; fill: currentColor; }
svg text.strong { font-weight: 700; } svg .grid { stroke: #8885; } svg circle.usual { fill: #0072b2; }
svg circle.strong { fill: #d55e00; } svg .interval { stroke-width: 2; stroke: #0072b2; }
svg .interval.strong { stroke: #d55e00; } svg .curve { fill: none; stroke-width: 2; }
"""


def page_of(title: str) -> tuple[Element, Element]:
    """Return a page with its title as the heading, and the body to add to."""
    page = Element("html", {"lang": "en"})
    head = SubElement(page, "head")
    SubElement(head, "meta", {"charset": "utf-8"})
    SubElement(head, "meta", {"http-equiv": "Content-Security-Policy", "content": _POLICY})
    add(head, "title", title)
    SubElement(head, "style").text = _STYLE
    body = SubElement(page, "body")
    add(body, "h1", title)
    return page, body


def add(parent: Element, tag: str, text: str) -> None:
    """Add an element with a text."""
    SubElement(parent, tag).text = text


def table_of(headings: Sequence[str], rows: Sequence[tuple[Sequence[str], bool]]) -> Element:
    """Return a table; of each row its cells, and whether it is to be seen first."""
    table = Element("table")
    row = SubElement(SubElement(table, "thead"), "tr")
    for heading in headings:
        add(row, "th", heading)
    body = SubElement(table, "tbody")
    for cells, strong in rows:
        row = SubElement(body, "tr", {"class": "strong"} if strong else {})
        for cell in cells:
            add(row, "td", cell)
    return table


def written(page: Element) -> str:
    """Return the page as text."""
    return f"<!DOCTYPE html>\n{_visible(tostring(page, encoding='unicode', method='html'))}\n"


def _visible(page: str) -> str:
    """Return ``page`` without signs that hide, turn round or end what is written, whoever wrote them."""
    kept = (s if s.isprintable() or s in "\n\t" else "\N{REPLACEMENT CHARACTER}" for s in page)
    return "".join(kept)
