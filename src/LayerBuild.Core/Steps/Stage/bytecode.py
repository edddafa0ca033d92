"""Compiles the sources that come on standard input to unchecked-hash .pyc files (PEP 552) on standard output.

In and out are frames: a length of four bytes, little endian, and as many bytes. In: a path (UTF-8, what tracebacks
show), then the source. Out: the .pyc, empty for a source that does not compile.

marshal writes other bytes for the same code when its strings are known elsewhere in the process, so each file is compiled
in a fork of the same fresh process. The caller sets PYTHONHASHSEED.
"""
import importlib.util
import marshal
import os
import struct
import sys

UNCHECKED_HASH = 1


def read(size):
    data = sys.stdin.buffer.read(size)
    if len(data) < size:
        sys.exit(0)
    return data


def frame():
    return read(struct.unpack("<I", read(4))[0])


def has_addresses(constant):
    """Up to Python 3.10 a set is written in the order of its hashes, and None hashes by its address."""
    if isinstance(constant, (tuple, frozenset)):
        return any(element is None or element is Ellipsis or has_addresses(element) for element in constant)
    return False


def is_canonical(code):
    for constant in code.co_consts:
        if isinstance(constant, frozenset) and has_addresses(constant):
            return False
        if isinstance(constant, tuple) and any(isinstance(c, frozenset) and has_addresses(c) for c in constant):
            return False
        if hasattr(constant, "co_consts") and not is_canonical(constant):
            return False
    return True


def pyc(source, path):
    try:
        code = compile(source, path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError):
        return b""
    if sys.version_info < (3, 11) and not is_canonical(code):
        return b""
    header = importlib.util.MAGIC_NUMBER + struct.pack("<I", UNCHECKED_HASH) + importlib.util.source_hash(source)
    return header + marshal.dumps(code)


def isolated(source, path):
    if not hasattr(os, "fork"):
        return pyc(source, path)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.close(reader)
            with os.fdopen(writer, "wb") as pipe:
                pipe.write(pyc(source, path))
            status = 0
        finally:
            os._exit(status)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        result = pipe.read()
    _, status = os.waitpid(child, 0)
    return result if status == 0 else b""


while True:
    path = frame().decode()
    result = isolated(frame(), path)
    sys.stdout.buffer.write(struct.pack("<I", len(result)))
    sys.stdout.buffer.write(result)
    sys.stdout.buffer.flush()
