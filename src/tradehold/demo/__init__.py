"""The demo: a platform with people, a bank that speaks real files, and stories really played on it."""
