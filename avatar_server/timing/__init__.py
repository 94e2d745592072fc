"""When things happen: what stream time it is, which media time that is, which picture and sound are due.

Three clocks meet here. *Monotonic* seconds come from the machine. *Stream* seconds began with the stage
and never stop, jump or change speed: the time stamps of every packet lie on them. *Media* seconds are the
position in the interaction, which people pause, seek and play faster or slower.

In: the time, as an argument. Out: decisions, as values; nothing here sleeps, draws or sends. Only
`clock.py` asks the machine for the time. Rejected: moving the time stamps with the media time (a seek
would look like a network hole to a receiver), and pacing by sleeping a period at a time (the errors add up).
"""
