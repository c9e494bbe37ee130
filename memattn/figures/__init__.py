"""Records in, Plotly figures out. No torch, no Streamlit."""
