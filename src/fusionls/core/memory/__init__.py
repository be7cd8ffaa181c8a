"""The workspace memory: text continues as it did where the same tokens stood before.

Everything here needs numpy, which takes 60 ms and 20 MB to load: whoever has no use for the memory must not
import these modules.
"""
