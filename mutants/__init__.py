"""Mutation testing: small changes to the modules that gather facts and decide, each of which some test must notice."""
