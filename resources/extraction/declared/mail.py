"""Mails."""

from codices.resources.extraction.common.format import Format
from codices.resources.extraction.common.media_types import EML, MSG
from codices.resources.extraction.declared.depends import MARKUP, READERS

FORMATS = (
    Format(
        EML,
        "a mail",
        f"{READERS}.mail:parse_eml",
        suffixes=(".eml",),
        named="text",
        libraries=MARKUP,
        preload=(f"{READERS}.mail",),
    ),
    Format(
        MSG,
        "an Outlook message",
        f"{READERS}.mail:parse_msg",
        suffixes=(".msg",),
        libraries=("python-oxmsg", *MARKUP),
        preload=(f"{READERS}.mail",),
    ),
)
