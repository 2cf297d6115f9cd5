"""What a source holds, before anything is touched: it is read once, and nothing is written anywhere.

values      how single values read: their form, and what the importer will object to
json_text   what kind of JSON a text is
columns     the columns of one table: forms, counts and examples
fates       what becomes of each record: who is merged, what refers to a record that will be rejected
inspector   a whole inspection
report      what was found, in one shape for the terminal and `--json`
text        the same, as people read it in a terminal
"""
