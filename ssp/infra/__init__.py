"""The outside world behind small functions: time, keys, passwords, the database, telephony, mail, pictures."""
