"""Stand-in networks on loopback HTTP: Facebook Pages, X and a language model, with faults on demand."""
