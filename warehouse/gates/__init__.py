"""The first gate: every batch of raw answers is looked at before a model parses it.

`shapes` says where things stand in the networks' answers, `reading` reads them, `measures` compares them with
what was known, `contract` judges and sets aside, `quarantine` holds what waits, `settling` decides about it.
"""
