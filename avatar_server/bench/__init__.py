"""How fast this machine exports, and against what: `avatar-server bench`.

`report` runs each `case` in a process of its own, so that peak memory is honest, and prints them side by
side; `material` is what they all draw. To add a measurement, add a case. `viewers` and `soak` let real
receivers watch a real server; `fetching` has one ask for what is not here, from the bucket of
`bucket_material`. `library` has somebody look for one in lists as long as the data set's, and
`library_search` does so on the page; `timeline_scroll` turns the wheel over a timeline of 20 minutes.
"""
