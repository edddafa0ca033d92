"""Runs in the Python that stands in for Lambda's: imports modules from merged layers, or calls a handler.

Started as `python -I -S -B lambda_test.py JOB RESULT`: isolated, without the machine's own site-packages. JOB is a JSON file, RESULT
gets one JSON value per line, written as soon as it is known, so that a crash shows what came before it. Python 3.6 and newer.
"""
import json
import os
import site
import sys
import time
import traceback


def main(job_path, result_path):
    with open(job_path, encoding="utf-8") as file:
        job = json.load(file)
    # Bound once: what the tested code patches must not reach it.
    write = os.write
    result = os.open(result_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def report(value):
        write(result, (json.dumps(value) + "\n").encode("ascii"))

    # One stream, in the order in which it was written, as the log of a function is.
    os.dup2(1, 2)
    sys.stdout.reconfigure(line_buffering=True) if hasattr(sys.stdout, "reconfigure") else None
    stay_offline()
    if not job["mounted"]:
        show_as_opt(job["opt"])
    set_path(job)
    if "handler" in job:
        call(job, report)
    else:
        for module in job["imports"]:
            report({"trying": module})
            report(dict(try_import(module, job), module=module))
    sys.stdout.flush()


def set_path(job):
    """sys.path as Lambda has it: the function, the layer's two folders, the standard library."""
    opt = "/opt" if job["mounted"] else job["opt"]
    layer = [opt + "/python/lib/python%d.%d/site-packages" % sys.version_info[:2], opt + "/python"]
    sys.path[:0] = ([job["code"]] if job.get("code") else []) + layer
    for folder in layer:
        if os.path.isdir(folder):
            # Reads the .pth files there.
            site.addsitedir(folder)


def stay_offline():
    """No name is looked up and nothing is connected to: a layer must import without a network."""

    def forbid(event, arguments):
        if event == "socket.getaddrinfo" or event == "socket.gethostbyname":
            raise OSError("no network in a test of LayerBuild: %s" % (arguments[0],))
        if event == "socket.connect" and isinstance(arguments[1], tuple):
            raise OSError("no network in a test of LayerBuild: %s:%s" % arguments[1][:2])

    if hasattr(sys, "addaudithook"):
        sys.addaudithook(forbid)


def show_as_opt(folder):
    """Where /opt cannot be mounted: lets Python's own file functions find the merged layers there."""
    import builtins
    import io

    def real(path):
        if isinstance(path, str) and (path == "/opt" or path.startswith("/opt/")):
            return folder + path[len("/opt"):]
        if isinstance(path, os.PathLike):
            text = os.fspath(path)
            return real(text) if isinstance(text, str) else path
        return path

    def wrap(module, name):
        function = getattr(module, name)

        def wrapper(*arguments, **options):
            if arguments:
                arguments = (real(arguments[0]),) + arguments[1:]
            return function(*arguments, **options)

        wrapper.__name__ = name
        setattr(module, name, wrapper)

    for name in ("listdir", "scandir", "stat", "lstat", "access", "readlink", "open"):
        wrap(os, name)
    wrap(io, "open")
    builtins.open = io.open


def try_import(module, job):
    started = time.time()
    try:
        __import__(module)
    except SystemExit as error:
        return {"error": "SystemExit: %s" % (error.code,), "trace": ""}
    except BaseException as error:
        return failure(error, job)
    return {"seconds": round(time.time() - started, 2)}


def failure(error, job):
    # The frames of this file are nothing to the reader.
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    found = {
        "error": "%s: %s" % (type(error).__name__, error),
        "trace": as_opt("".join(traceback.format_exception(type(error), error, trace)), job) if trace else "",
    }
    if isinstance(error, ModuleNotFoundError) and error.name:
        found["missing"] = error.name.split(".")[0]
    found["error"] = as_opt(found["error"], job)
    return found


def as_opt(text, job):
    return text if job["mounted"] else text.replace(job["opt"], "/opt")


def call(job, report):
    module, _, name = job["handler"].rpartition(".")
    module = module.replace("/", ".")
    report({"trying": module})
    found = try_import(module, job)
    if "error" in found:
        report(found)
        return
    handler = getattr(sys.modules[module], name, None)
    if handler is None:
        report({"error": "Handler '%s' missing on module '%s'" % (name, module), "trace": ""})
        return
    report({"trying": job["handler"]})
    try:
        answer = handler(job["event"], Context(job))
    except BaseException as error:
        report(failure(error, job))
        return
    try:
        report({"answer": json.dumps(answer, ensure_ascii=False)})
    except (TypeError, ValueError, RecursionError) as error:
        report({"error": "Unable to marshal response: %s" % (error,), "trace": ""})


class Context:
    """What a handler gets as its second argument."""

    def __init__(self, job):
        self.function_name = job["name"]
        self.function_version = "$LATEST"
        self.invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:" + job["name"]
        self.memory_limit_in_mb = "128"
        self.aws_request_id = "00000000-0000-4000-8000-000000000000"
        self.log_group_name = "/aws/lambda/" + job["name"]
        self.log_stream_name = "1970/01/01/[$LATEST]00000000000000000000000000000000"
        self.identity = None
        self.client_context = None
        self._deadline = time.time() + job["seconds"]

    def get_remaining_time_in_millis(self):
        return max(int((self._deadline - time.time()) * 1000), 0)

    def log(self, message):
        sys.stdout.write(str(message))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
