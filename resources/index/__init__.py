"""The index: LanceDB tables, the indexes over them, and the releases that readers open.

`tables` writes, `vector_indexes`, `full_text` and `maintenance` make it fast, `releases` says what readers see. Import
the module that you need: the settings import this package, which therefore imports nothing.
"""
