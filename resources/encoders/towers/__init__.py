"""Models on torch or ONNX Runtime, as they are loaded for indexing. Importing these files may import torch."""
