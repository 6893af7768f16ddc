"""Pictures made of strokes: SVG rendered without scripts or outside files, EMF and WMF through LibreOffice.

Raster pictures pass through to `pictures.make_picture`, so that a caller has one door for all of them.
"""

from __future__ import annotations

import base64
import gzip
import io
import re
import zlib

from lxml import etree

from codices.resources.extraction.common.encodings import decode_head
from codices.resources.extraction.common.media_types import starts_as_svg
from codices.resources.extraction.common.model import Picture
from codices.resources.extraction.common.pictures import MAX_PIXELS, make_picture, open_image
from codices.resources.foundation.failures import ExtractionError
from codices.resources.settings.extraction_options import ExtractionOptions

MAX_SVG_BYTES = 32 * 2**20
MAX_SVG_ELEMENTS = 200_000
MAX_SVG_DEPTH = 200  # the renderer's stack ends somewhere above
MAX_SVG_NESTING = 3  # drawings inside drawings, as data
LONG_SIDE = 1600  # pixels of a rendered drawing
MAX_ZOOM = 4.0
_HREFS = ("href", "{http://www.w3.org/1999/xlink}href")
# Nothing of a drawing, and all of them can run or fetch something.
_UNSAFE = {"script", "foreignobject", "iframe", "object", "embed", "audio", "video", "handler", "set", "animate"}


def is_svg(data: bytes) -> bool:
    """Whether the bytes are an SVG in any encoding of XML."""
    if data[:256].lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n")[:1] != b"<":
        return False
    text = decode_head(data[:65536])
    return text is not None and starts_as_svg(text)


def is_metafile(data: bytes) -> bool:
    """Whether the bytes are EMF, or WMF with or without the placeable header."""
    emf = data[:4] == b"\x01\x00\x00\x00" and data[40:44] == b" EMF"
    return emf or data[:4] == b"\xd7\xcd\xc6\x9a" or data[:4] == b"\x01\x00\x09\x00"


def open_picture(data: bytes, options: ExtractionOptions) -> tuple[Picture, str]:
    """A figure's picture from the bytes of any picture file, and the words that are text in it (SVG).

    Raises ExtractionError: "empty_file", "unsupported", "too_large", "corrupt", "truncated", "needs_libreoffice".
    """
    if data[:2] == b"\x1f\x8b":
        data = _gunzip(data)
    if is_svg(data):
        png, words = render_svg(data, options.max_pixels)
        return make_picture(png, max_pixels=options.max_pixels), words
    if is_metafile(data):
        from codices.resources.extraction.common.libreoffice import convert

        suffix = "emf" if data[40:44] == b" EMF" else "wmf"
        return make_picture(convert(data, suffix, "png"), max_pixels=options.max_pixels), ""
    return make_picture(data, max_pixels=options.max_pixels), ""


def render_svg(data: bytes, max_pixels: int = MAX_PIXELS) -> tuple[bytes, str]:
    """PNG bytes and the words of an SVG. Scripts are never run, nothing outside the file is read.

    The pictures that it holds as data may have `max_pixels` together.
    Raises ExtractionError: "corrupt", "too_deep" or "too_large".
    """
    import resvg_py

    root = _parse(data)
    etree.strip_elements(root, etree.Entity, with_tail=False)
    words = svg_words(root)
    _make_harmless(root, max_pixels)
    if root.tag == "svg":  # written inside HTML, where the name space goes without saying
        root.set("xmlns", "http://www.w3.org/2000/svg")
    try:
        text = etree.tostring(root, encoding="unicode")
        width, height = _svg_size(root)
        zoom = min(MAX_ZOOM, LONG_SIDE / max(width, height))
        if max(width, height) * zoom > 3 * LONG_SIDE or min(width, height) <= 0:
            raise ExtractionError("too_large", f"the drawing is {width:g} x {height:g} units large")
        return bytes(resvg_py.svg_to_bytes(svg_string=text, zoom=zoom, background="#ffffff")), words
    except ValueError as error:
        raise ExtractionError("corrupt", f"the SVG cannot be drawn: {error}") from error


def _make_harmless(root: etree._Element, max_pixels: int, depth: int = 0) -> int:
    """Takes out scripts and links; returns how many pixels the pictures inside have. Raises
    ExtractionError("too_large")."""
    pixels = 0
    for element in list(root.iter()):
        if not isinstance(element.tag, str):
            continue
        name = etree.QName(element).localname.lower()
        if name in _UNSAFE and element is not root:
            parent = element.getparent()
            if parent is not None:
                parent.remove(element)
            continue
        for key in _HREFS:
            target = (element.get(key) or "").strip()
            if target.startswith("data:image/"):
                element.attrib[key], more = _harmless_picture(target, max_pixels - pixels, depth)
                pixels += more
            elif key in element.attrib and not target.startswith("#"):
                del element.attrib[key]
    return pixels


def _harmless_picture(uri: str, max_pixels: int, depth: int) -> tuple[str, int]:
    """A data URI that may be drawn, and its pixels; "" for what nobody can open."""
    from codices.resources.extraction.common.units import data_uri

    data = data_uri(uri) or b""
    try:
        data = _gunzip(data) if data[:2] == b"\x1f\x8b" else data
        if is_svg(data) and depth < MAX_SVG_NESTING:
            inner = _parse(data)
            pixels = _make_harmless(inner, max_pixels, depth + 1)
            return "data:image/svg+xml;base64," + base64.b64encode(etree.tostring(inner)).decode(), pixels
        image = open_image(data, max(0, max_pixels))
    except ExtractionError as error:
        if error.kind == "too_large":
            raise ExtractionError("too_large", f"a picture in the SVG is too large: {error.message}") from error
        return "", 0
    return uri, image.width * image.height


def svg_words(root: etree._Element) -> str:
    """Title, description and all text of a drawing, in the order of the file."""
    found: list[str] = []
    for element in root.iter():
        if isinstance(element.tag, str) and etree.QName(element).localname in ("text", "title", "desc"):
            found.append(" ".join("".join(map(str, element.itertext())).split()))
    return " ".join(dict.fromkeys(filter(None, found)))[:20_000]


def _parse(data: bytes) -> etree._Element:
    if len(data) > MAX_SVG_BYTES:
        raise ExtractionError("too_large", f"the SVG has {len(data) / 2**20:.0f} MiB")
    # Entities stay unresolved: neither a bomb of them nor a local file gets in.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True, remove_pis=True)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ExtractionError("corrupt", f"the SVG is not well formed: {error}") from error
    if root is None or etree.QName(root).localname != "svg":
        raise ExtractionError("corrupt", "the SVG is not well formed")
    depth = elements = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        elements += event == "start"
        if elements > MAX_SVG_ELEMENTS:
            raise ExtractionError("too_large", f"the SVG has more than {MAX_SVG_ELEMENTS} elements")
        if depth > MAX_SVG_DEPTH:
            raise ExtractionError("too_deep", f"the SVG has more than {MAX_SVG_DEPTH} elements inside one another")
    return root


def _svg_size(root: etree._Element) -> tuple[float, float]:
    """Width and height in user units, from the attributes or the view box; 100 x 100 where neither helps."""
    box = [float(n) for n in re.findall(r"-?[\d.]+(?:[eE]-?\d+)?", root.get("viewBox") or "")]
    box_width, box_height = (box[2], box[3]) if len(box) == 4 else (100.0, 100.0)
    return _length(root.get("width"), box_width), _length(root.get("height"), box_height)


def _length(value: str | None, default: float) -> float:
    match = re.fullmatch(r"\s*([\d.]+)\s*(px|pt|mm|cm|in|em)?\s*", value or "")
    if match is None:
        return default
    scale = {"pt": 4 / 3, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96.0, "em": 16.0}.get(match[2] or "", 1.0)
    try:
        return float(match[1]) * scale or default
    except ValueError:
        return default


def _gunzip(data: bytes) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as unpacked:
            text = unpacked.read(MAX_SVG_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise ExtractionError("corrupt", f"the packed drawing cannot be opened: {error}") from error
    if len(text) > MAX_SVG_BYTES:
        raise ExtractionError("too_large", "the packed drawing unpacks to more than 32 MiB")
    return text
