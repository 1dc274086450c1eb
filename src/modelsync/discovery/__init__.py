"""Discovery: what the layout of a team's file probably is, from the models it names and the values it has for them."""
