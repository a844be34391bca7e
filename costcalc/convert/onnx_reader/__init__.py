"""Reads an ONNX file, node by node; `ops` has a handler per ONNX op."""
