"""The commands that need more than a few lines of `cli`, and `values`: what people type, checked.

Comes in: what argparse has parsed. Goes out: the work done, or an error in one line. To add a command: a
module with an `add_...` function that describes it to a parser, and a line in `cli`. Nothing heavy is
imported before a command runs, so that `--help` stays quick.
"""
