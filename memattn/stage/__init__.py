"""The stage without Streamlit: what it plays (`payload`), its script (`bundle`), the stage as one file (`player`).

Import from the modules: `bundle` needs no NumPy, so that the frame of a page can be sent before NumPy is there.
"""
