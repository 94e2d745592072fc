"""From a store to the disk: what is missing, in which order, and again when it fails.

Comes in: recordings, the modalities wanted, a store and a `CacheTree`. Goes out: the official files, or an
error that says what was not to be had.

`download` brings one file whole, for whoever wants files. Whoever plays cannot wait for whole files: there
all pieces of both people come at once and abreast, see `arrival`.
"""
