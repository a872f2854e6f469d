"""Tells the builder what this interpreter is and where its parts lie, as one line of JSON."""

import json
import os
import site
import sys
import sysconfig

stdlib = os.path.dirname(os.path.realpath(os.__file__))


def libc():
    try:
        return os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (AttributeError, OSError, ValueError):
        return ""


def packages():
    """Where wheels go, relative to the prefix: of the folders that `site` looks into, the one in the library."""
    folders = site.getsitepackages([sys.base_prefix])
    inside = [folder for folder in folders if os.path.realpath(os.path.dirname(folder)) == stdlib]
    return os.path.relpath((inside or folders)[-1], sys.base_prefix)


print(
    json.dumps(
        {
            "implementation": sys.implementation.name,
            "version": list(sys.version_info[:3]),
            "plain": not sys.abiflags and not sysconfig.get_config_var("Py_GIL_DISABLED"),
            "platform": sys.platform,
            "machine": os.uname().machine,
            "libc": libc(),
            "binary": os.path.realpath("/proc/self/exe"),
            "prefix": sys.base_prefix,
            "stdlib": stdlib,
            "library": os.path.join(sys.platlibdir, "python%d.%d" % sys.version_info[:2]),
            "packages": packages(),
        }
    )
)
