"""What can be printed and kept: contracts, reports and dossiers as PDF."""
