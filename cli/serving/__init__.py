"""The agent as a server: conversations that many people hold at once, each with a plant of its own."""
