"""Imports what every box has; run by the new interpreter, under the new loader, with the new libraries."""

import importlib
import os
import sys

root = os.path.realpath(sys.argv[1])
for name in sys.argv[2:]:
    module = importlib.import_module(name)
    file = os.path.realpath(module.__file__)
    if not file.startswith(root + os.sep):
        sys.exit("%s comes from %s" % (name, file))

import numpy
import pandas
from sklearn.ensemble import RandomForestClassifier

frame = pandas.DataFrame({"a": range(20), "b": list("xy") * 10})
model = RandomForestClassifier(4, random_state=0).fit(frame[["a"]], frame["b"])
if numpy.mean(model.predict(frame[["a"]]) == frame["b"]) < 0.5:
    sys.exit("the forest did not learn")

# A library that the tree lacks would have come from the host.
with open("/proc/self/maps") as maps:
    paths = {line.split(maxsplit=5)[5].strip() for line in maps if ".so" in line}
for path in sorted(paths):
    if not path.startswith(root + os.sep):
        sys.exit("%s of the host was loaded" % path)
