"""The only package that knows Streamlit: page frame, controls, cache, notes, stage."""
