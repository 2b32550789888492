"""Graphs: a model as one ONNX file from token ids to answers, which onnxruntime serves."""
