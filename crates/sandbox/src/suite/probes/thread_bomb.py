import threading
stop = threading.Event()
threads = 0
try:
    while threads < 1000:
        threading.Thread(target=stop.wait, daemon=True).start()
        threads += 1
except RuntimeError:
    pass
expect("threads within the limit", 0 < threads < 32, True)
stop.set()
print("PASS")
sys.stdout.flush()
os._exit(0)
