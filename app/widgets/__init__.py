"""Widgets Streamlit does not have."""
