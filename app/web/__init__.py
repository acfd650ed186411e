"""HTTP routes beside the Streamlit pages: sign-in, health, the API."""
