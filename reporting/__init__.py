"""Client reports: `gather` reads a brand's month out of one release, the rest turns frames into files."""
