"""The entry script of the pages: checks the session, draws the frame, runs the page."""

from __future__ import annotations

import streamlit as st

from app.pages import composer, overview, posts
from app.shell import access, frame

st.set_page_config(page_title="AllIN", page_icon=str(frame.MARK), layout="wide")
principal = access.require_sign_in()
frame.style()
pages = [
    st.Page(overview.page, title="Overview", icon=":material/monitoring:", url_path="overview", default=True),
    st.Page(posts.page, title="Posts", icon=":material/view_agenda:", url_path="posts"),
]
if principal.role.may_compose:
    composing = st.Page(composer.page, title="Composer", icon=":material/edit_square:", url_path="composer")
    pages.insert(1, composing)
chosen = st.navigation(pages)
frame.sidebar(principal)
chosen.run()
