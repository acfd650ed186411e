"""What the API takes and gives: the models of its requests and answers."""
