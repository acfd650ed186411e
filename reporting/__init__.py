"""Client reports: frames in, files out. The caller supplies every number; nothing here reads a store."""
