"""How fast billing is, beside a yardstick that is measured in the same run; ``docs/performance.md`` tells the method.

A bench is a click command in a module of its own here, added to the group in ``__main__``.
"""
