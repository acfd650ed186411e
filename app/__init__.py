"""What people touch: Streamlit pages, HTTP routes, the command line."""
