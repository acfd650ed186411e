"""Pure numerics: frames in, frames out. Nothing here reads a store, a clock or a setting."""
