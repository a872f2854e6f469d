import asyncio, multiprocessing, sqlite3, subprocess, tempfile, threading
with multiprocessing.get_context("fork").Pool(2) as pool:
    expect("multiprocessing", pool.map(abs, [-1, -2]), [1, 2])
base = sqlite3.connect("/work/base.db")
base.execute("create table t (x)")
base.execute("insert into t values (1)")
base.commit()
expect("sqlite", base.execute("select sum(x) from t").fetchone(), (1,))
expect("subprocess", subprocess.run("echo hi | tr h H", shell=True, capture_output=True, text=True).stdout, "Hi\n")
async def work():
    process = await asyncio.create_subprocess_exec("true")
    return await process.wait()
expect("asyncio", asyncio.run(work()), 0)
found = []
thread = threading.Thread(target=lambda: found.append(1))
thread.start()
thread.join()
expect("threads", found, [1])
with tempfile.NamedTemporaryFile() as file:
    file.write(b"x")
os.mkfifo("/tmp/pipe")
expect("mkfifo", os.path.exists("/tmp/pipe"), True)
script = "/work/run.sh"
open(script, "w").write("#!/bin/bash\necho ran\n")
os.chmod(script, 0o755)
expect("own programs", subprocess.run([script], capture_output=True, text=True).stdout, "ran\n")
passed()
