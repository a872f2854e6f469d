import time

start = time.perf_counter()
import numpy, pandas, scipy.stats, sklearn.datasets, pyarrow.parquet
from scipy.stats import qmc
from sklearn.ensemble import RandomForestClassifier

print("imports took %.0f ms" % (1000 * (time.perf_counter() - start)))
frame = pandas.DataFrame({"when": pandas.date_range("2024", periods=60, tz="Europe/Berlin"), "x": range(60)})
frame["label"] = numpy.where(frame["x"] % 20 < 10, "low", "high")
frame.to_csv("frame.csv", index=False)
again = pandas.read_csv("frame.csv")
assert again["x"].equals(frame["x"])
frame.to_parquet("frame.parquet")
assert pandas.read_parquet("frame.parquet").equals(frame)
model = RandomForestClassifier(20, random_state=0, n_jobs=2).fit(again[["x"]], again["label"])
assert model.score(again[["x"]], again["label"]) > 0.9
assert qmc.Sobol(2, rng=0).random(4).shape == (4, 2)

import bz2, ctypes, curses, hashlib, lzma, multiprocessing, sqlite3, ssl, subprocess, uuid, zlib, zoneinfo

assert subprocess.run("echo b a | tr ' ' '\\n' | sort | head -1", shell=True, capture_output=True).stdout == b"a\n"
assert zoneinfo.ZoneInfo("Asia/Tokyo").utcoffset(pandas.Timestamp("2024-01-01")).seconds == 9 * 3600
for load in (sklearn.datasets.load_wine, sklearn.datasets.load_breast_cancer, sklearn.datasets.load_iris):
    try:
        load()
    except (FileNotFoundError, ModuleNotFoundError):
        continue
    raise SystemExit("%s finds its table" % load.__name__)
