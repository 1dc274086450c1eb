"""What a call costs: what it used, as its API reports that, times the prices in force. Exact, and pure."""
