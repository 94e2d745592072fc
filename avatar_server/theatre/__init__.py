"""Which stages play, and for how many there is room.

Comes in: names of interactions, and viewers who want to see one. Goes out: a stage with its broadcast, or
`MachineFullError` with the time after which to ask again. `theatre` keeps the stages, `machine` and
`load_meter` measure, `admission` decides (pure: all measurements are arguments).

Rejected: fixed numbers of stages and viewers, which are wrong on every machine but one.
"""
