"""The yardstick: a bare Streamlit page with one slider and one Plotly chart, and nothing else."""

import math

import plotly.graph_objects as go
import streamlit as st

POINTS = 256

st.title("Bare")
turns = st.slider("Turns", 1, 96, 8, key="turns")
figure = go.Figure(go.Scatter(y=[math.sin(2 * math.pi * turns * i / POINTS) for i in range(POINTS)]))
figure.update_layout(height=460, title=f"turns {turns}")
st.plotly_chart(figure, key="chart")
