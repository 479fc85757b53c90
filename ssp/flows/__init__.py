"""One public verb for each thing that people do. Verbs open and commit transactions; nothing here knows HTTP."""
