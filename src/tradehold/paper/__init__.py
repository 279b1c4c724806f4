"""Documents on paper: laid out by Typst, archived as PDF/A-3b, with what machines read attached."""
