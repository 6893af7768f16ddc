"""The library unstructured: its readers beside ours, and the JSON in which its elements are kept."""
