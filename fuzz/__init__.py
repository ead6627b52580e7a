"""Fuzzing: every door through which other people's data comes in, held to what it promises."""
