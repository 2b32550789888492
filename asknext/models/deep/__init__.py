"""Language models that are fine-tuned: transformers trains them, these files serve the loop."""
