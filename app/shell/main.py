"""The entry script of the pages: checks the session, draws the frame, runs the page."""

from __future__ import annotations

import streamlit as st

from app.shell import access, frame, navigation
from app.views import failing

st.set_page_config(page_title="AllIN", page_icon=str(frame.MARK), layout="wide")
with failing.told():
    principal = access.require_sign_in()
    frame.style()
    chosen = st.navigation(navigation.sections(principal), expanded=True)
    frame.sidebar(principal)
    chosen.run()
