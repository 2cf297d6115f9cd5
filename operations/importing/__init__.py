"""Importing legacy systems: land raw, transform in SQL, prove twice.

declaration   what a legacy system means: written in `<app>/legacy`, next to the models that it fills
reader        chooses the reader of a source: sqlite, redis_reader, postgres_reader, postgres_dump
spool         what a source without an order of its own is poured into
landing       turns records into the bytes that PostgreSQL's COPY takes
target        the columns of an entity's rows, as SQL
compiler      turns declarations into SQL
resolution    who keeps a value that several records claim, and who is one person
claims        the records of a batch that share a value with others, for `resolution` to decide
contests      values that several rows claim: recorded where they are not held, and given back
returning     the records of a batch that were landed before
batch         one batch in one transaction: landing, rows, rejections and checkpoint
crew          two writers for one entity, committing in the order of reading
importer      a whole run: entities in order, batch by batch, then the proofs
verifying     the proofs alone, at any time; checkpoints say where they go on
proof_sql     landing against target, in SQL
proof_source  the source, read again, against the target, in Python
explained     differences that the history knows as later changes
strays        rows that nothing explains
mending       what staff make of a rejected record; replaying loads it
vanished      what a source does not have any more
control       pause and stop, asked for in the admin
undo          takes out again what a run loaded and nobody has changed since
inspection    what a source holds, before anything is touched
report        the counts and proofs that everybody sees
"""
