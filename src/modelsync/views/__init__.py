"""From plans to what a person or a machine reads. Nothing here decides, prints, or knows a terminal's library unless asked."""
