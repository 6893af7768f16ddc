"""Checks of the programs and models that a run uses."""

from __future__ import annotations

import subprocess
from importlib.util import find_spec

from codices.resources.encoders import EncoderError, image_encoder_digest, text_encoder_digest
from codices.resources.extraction.common.libreoffice import program
from codices.resources.health.registry import Finding, check
from codices.resources.settings.settings import Settings

LIBREOFFICE = (
    "apt-get install libreoffice-core libreoffice-writer libreoffice-impress libreoffice-calc libreoffice-draw"
)
_ORIENTATION = "osd"


@check("tesseract", cheap=True)
def tesseract(settings: Settings) -> Finding:
    """The program, and its data for every language of the settings."""
    if not settings.ocr.enabled:
        return Finding("pass", "not needed: ocr.enabled is false")
    import pytesseract

    try:
        installed = set(pytesseract.get_languages(config=""))
        version = pytesseract.get_tesseract_version()
    except (pytesseract.TesseractNotFoundError, OSError):
        return Finding("fail", "not installed", "apt-get install tesseract-ocr tesseract-ocr-osd")
    missing = [language for language in settings.ocr.languages if language not in installed]
    if missing:
        return Finding("fail", f"{version}, without data for {', '.join(missing)} (ocr.languages)", _packages(missing))
    if _ORIENTATION not in installed:
        return Finding("warn", f"{version}; pages that lie on their side are not noticed", _packages([_ORIENTATION]))
    return Finding("pass", f"{version}, with {', '.join(settings.ocr.languages)}")


def _packages(languages: list[str]) -> str:
    return "apt-get install " + " ".join(f"tesseract-ocr-{each.replace('_', '-')}" for each in languages)


@check("table models", cheap=True)
def table_models(settings: Settings) -> Finding:
    """The libraries that find the layout of scanned pages and read tables in pictures."""
    missing = [name for name in ("onnxruntime", "rapid_layout", "rapid_table", "cv2") if find_spec(name) is None]
    if missing:
        return Finding("fail", f"{', '.join(missing)} cannot be imported", "install Codices again")
    return Finding("pass", "rapid_layout and rapid_table on onnxruntime")


@check("pandoc")
def pandoc(settings: Settings) -> Finding:
    """The program inside pypandoc-binary, for RTF and RST."""
    import pypandoc

    try:
        return Finding("pass", str(pypandoc.get_pandoc_version()))
    except OSError:
        return Finding("warn", "missing; RTF and RST fail", "pip install --force-reinstall pypandoc-binary")


@check("LibreOffice")
def libreoffice(settings: Settings) -> Finding:
    """For DOC, PPT, XLS, XLSB, ODS, ODP, EMF and WMF."""
    path = program()
    if path is None:
        return Finding("warn", "missing; DOC, PPT, XLS, XLSB, ODS, ODP, EMF and WMF fail", LIBREOFFICE)
    try:
        said = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=30, check=True).stdout
    except (OSError, subprocess.SubprocessError) as error:
        return Finding("warn", f"{path} cannot be started: {error}", LIBREOFFICE)
    return Finding("pass", said.strip() or path)


@check("GPU")
def gpu(settings: Settings) -> Finding:
    """The device of the encoders."""
    import torch

    wanted = settings.encoders.device
    if torch.cuda.is_available():
        return Finding("pass", torch.cuda.get_device_name())
    if wanted.startswith("cuda"):
        return Finding("fail", f"none found, but encoders.device is {wanted}", 'set encoders.device = "auto"')
    return Finding("pass", "none; models run on the CPU")


@check("models")
def models(settings: Settings) -> Finding:
    """The weights of both encoders, under the digests that vectors are kept under."""
    try:
        text, image = text_encoder_digest(settings.encoders), image_encoder_digest(settings.encoders)
    except EncoderError as error:
        return Finding("fail", str(error), "see docs/models.md for models and where they come from")
    return Finding("pass", f"profile {settings.encoders.profile}: text {text[:12]}, image {image[:12]}")
