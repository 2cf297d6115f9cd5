"""The long runs: imports that are killed at random instants, targets that are spoiled in random places, large sources.

A small part of each runs with the other tests; all of it by `make gauntlet`.
"""
