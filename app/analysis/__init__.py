"""The parts of the SQL page: the editor, what runs, its answer, the tables there are, and readers."""
