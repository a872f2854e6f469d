# What every probe starts with. A probe prints PASS as its last line; anything else is a failure and says why.
import ctypes, errno, os, signal, sys
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long

def syscall(name, *arguments):
    """The error's name, or "" if the call worked, or None if this machine has no such call."""
    if name not in NUMBERS:
        return None
    ctypes.set_errno(0)
    fixed = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    answer = libc.syscall(ctypes.c_long(NUMBERS[name]), *fixed, *[ctypes.c_long(0)] * (6 - len(fixed)))
    return "" if answer >= 0 else errno.errorcode.get(ctypes.get_errno(), str(ctypes.get_errno()))

def refusal(action, *arguments, **named):
    """The name of the error that an action raises, or "" if it works."""
    try:
        action(*arguments, **named)
        return ""
    except OSError as error:
        return errno.errorcode.get(error.errno, str(error.errno))
    except (MemoryError, ValueError, OverflowError) as error:
        return type(error).__name__

def expect(what, found, *allowed):
    if found not in allowed:
        print(f"FAIL {what}: {found!r}, expected {' or '.join(map(repr, allowed))}")
        sys.exit(1)

def passed():
    print("PASS")
    sys.stdout.flush()
    sys.exit(0)

