"""Who may ask: keys, users, sessions, tokens, invitations and the record of every change, in one database."""
