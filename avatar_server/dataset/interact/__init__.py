"""InterAct (arXiv 2509.05747): people of two in one capture volume, with faces, voices and acted scenarios.

In comes a folder of that data set; out come the recordings in it under names of the same kind as others have
(`interact_names`), who belongs to whom (`interact_folder`), and what its two databases say of scenarios,
relationships and emotions (`scenario_databases`). The catalogue takes them in like those of Seamless
Interaction; `interact_take` says what is played.

Rejected: names of its own for every layer above (a date and a scenario fit the numbers of an interaction
key), and trusting the databases (SQLite runs what a schema says: only plain reads of known tables are
allowed).
"""
