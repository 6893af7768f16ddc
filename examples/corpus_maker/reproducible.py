"""Office files without the moment of their making: fixed dates, fixed order, no compression.

Compression is left out because its bytes depend on the zlib that Python was built with.
"""

from __future__ import annotations

import io
import re
import zipfile
from datetime import datetime

DATE = datetime(2026, 6, 18, 9, 0, 0)
_ZIP_DATE = (2026, 6, 18, 9, 0, 0)
_STAMP = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:)")


def normalize_zip(data: bytes) -> bytes:
    """The same members with fixed dates; archives inside (a chart's workbook) are treated alike."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as target:
        for name in source.namelist():
            content = source.read(name)
            if content.startswith(b"PK\x03\x04"):
                content = normalize_zip(content)
            elif name == "docProps/core.xml":
                content = _STAMP.sub(rb"\g<1>" + DATE.strftime("%Y-%m-%dT%H:%M:%SZ").encode() + rb"\g<3>", content)
            member = zipfile.ZipInfo(name, _ZIP_DATE)
            member.external_attr = 0o644 << 16
            member.create_system = 3
            target.writestr(member, content)
    return out.getvalue()
