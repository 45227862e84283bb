"""Differences from pyxform that are meant, each with its reason."""


def reason(form, line, theirs):
    """The reason of a difference, or nothing."""
    return None
