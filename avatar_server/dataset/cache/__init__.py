"""What was fetched, on the disk: files that are still arriving, and the official tree of whole ones.

Comes in: bytes of a store's files, in any order. Goes out: a `PartialFile` that can be read where its bytes
are here, and, when all of a recording is here, the files that the official tools would have left
(`{label}/{split}/{batch}/{archive}/{id}.{wav,npz,json,mp4}`), put there by one rename each.

What is unfinished lies in the hidden folder `.avatar-server` of the data folder, which the official tools
and our own walk pass over (`incoming_folders`). Nothing that was not fetched by us is ever deleted, and no
array or list that somebody else put there is changed: what we fetch is added to it.

The NPZ of a recording says that it is here: it is the last file to get its name, and the first to go.

Rejected: a cache folder of its own beside the data folder (the official tools would not find what we fetched,
and what they fetched would be fetched again).
"""
