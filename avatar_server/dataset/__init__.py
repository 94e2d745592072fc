"""From names to files to plain arrays: which recordings make up an interaction, and what they hold.

In comes a folder in the Seamless Interaction layout (or loose files) and a name people type. Out come an
`Interaction` (which files), `RecordingArrays` (the numbers of one NPZ, checked but not interpreted;
`SpooledArrays` gives parts of a long one) and `Annotations` (what was said and when). What the numbers mean
is the business of `motion` and `face`.
`open_catalogue` tells which interactions there are, from the CSV files of the data set or from a folder, and
finds those that meet a `Selection`. `doctor_report` is what an inspection comes to (`motion` and `audio`
measure its numbers), and `doctor_verdict` judges it; a new reason is a line there.

To add a data set: write a module that finds its files and gives an `Interaction`; if its arrays differ, write
a reader beside `recording_arrays`.

Rejected: an index file beside the data (it goes stale; the walk takes milliseconds on what people download,
and reading all 129,370 rows of filelist.csv 0.15 s), and `numpy.load` with pickles (a recording must not be
able to run code).
"""
