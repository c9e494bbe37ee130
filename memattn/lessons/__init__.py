"""What is taught, as plain data: text, formulas, presets, predictions with the function that computes their answer."""
