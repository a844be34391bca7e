"""Reading an ONNX file, op by op: a file a family of ops."""
