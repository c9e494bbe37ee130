"""Own text in any language, no trained model: its words (`words`), and what a memory makes of them (`reading`)."""
