"""The frame around every page. The entry script lives here, away from `pages/`, which Streamlit would
otherwise run as an app of its own kind.
"""
