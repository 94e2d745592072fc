"""Where recordings are fetched from: a folder, the public bucket, a bucket of one's own, or Hugging Face.

Comes in: a `RecordingPlace` (which recording, and where the data set keeps it) and the modalities wanted.
Goes out: `StoredFile`s, each of which can be read from any byte on as a stream that is only as fast as its
reader. A store keeps nothing on the disk but indexes; what is read is kept by `dataset.cache`.

To add a store: a module with a class that keeps `contract.Store`, a line where sources are named, and the
contract's tests (`testing.store_suite`, or `testing.remote_store_suite` with a network in between) inherited
for it.

Rejected: fsspec as the contract itself (its caches read ahead of the reader, and one member of a remote tar
costs it 25 times its size), and asyncio here (the stage fetches in threads of a process that draws).
"""
