"""The demo: a platform with people, a bank that speaks real files, and stories that were really played on it."""
