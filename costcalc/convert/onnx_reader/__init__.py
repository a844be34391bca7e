"""Reading an ONNX file, node by node; `ops` says what each op becomes."""
