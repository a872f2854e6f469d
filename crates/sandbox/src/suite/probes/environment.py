allowed = {"PATH", "HOME", "USER", "SHELL", "TMPDIR", "LANG", "LC_CTYPE", "TZ", "PYTHONHASHSEED",
           "PYTHONDONTWRITEBYTECODE", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS",
           "LOKY_MAX_CPU_COUNT", "JE_ARROW_MALLOC_CONF", "MPLBACKEND", "PWD", "OLDPWD", "SHLVL", "_",
           # Set by an import of scikit-learn.
           "KMP_DUPLICATE_LIB_OK", "KMP_INIT_AT_FORK"}
expect("unknown variables", sorted(set(os.environ) - allowed), [])
expect("the machine's name", os.uname().nodename, "box")
passed()
