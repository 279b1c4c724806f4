"""The face for programs: JSON over HTTP, the same commands and views as the pages."""
