"""What every peer script shares: a table of tasks served over standard input and output, one JSON object a line.

A script registers tasks and calls serve():

    from peer import Peers
    peers = Peers()
    numpy = peers.module("numpy", "apt-get install python3-numpy")

    @peers.task("numpy", "softmax")
    def softmax(rows, classes):            # the arguments the benchmark sends
        x = numpy.random.default_rng(1).standard_normal((rows, classes), dtype=numpy.float32)
        return lambda: ...                 # the body that is timed; what it returns can be asked for

    peers.serve()
"""
import importlib
import json
import sys
import time


class Peers:
    def __init__(self):
        self._tasks, self._installed, self._missing, self._bodies = {}, [], {}, {}

    def module(self, name, install, peer=None):
        """Imports a module; when it is not installed, its peer is reported with the command that installs it."""
        try:
            module = importlib.import_module(name)
        except ImportError:
            self._missing[peer or name] = install
            return None
        self._installed.append(peer or name)
        return module

    def require(self, peer, found, install):
        """A peer that is there only under a condition."""
        if found:
            self._installed.append(peer)
        else:
            self._missing[peer] = install

    def task(self, peer, name):
        def register(factory):
            self._tasks[peer, name] = factory
            return factory
        return register

    def serve(self):
        say = sys.stdout
        sys.stdout = sys.stderr   # a library that prints must not break the protocol
        def answer(value):
            say.write(json.dumps(value) + "\n")
            say.flush()
        answer({"installed": self._installed, "missing": self._missing})
        for line in sys.stdin:
            request = json.loads(line)
            key = (request["peer"], request["task"], json.dumps(request["args"], sort_keys=True))
            try:
                if key not in self._bodies:
                    self._bodies.clear()   # one task's arrays at a time
                    self._bodies[key] = self._tasks[key[:2]](**request["args"])
                body, value = self._bodies[key], None
                start = time.thread_time_ns()
                for _ in range(request["repeat"]):
                    value = body()
                elapsed = time.thread_time_ns() - start
                try:
                    json.dumps(value)
                except TypeError:
                    value = None
                answer({"ns": elapsed, "value": value})
            except Exception as error:   # the benchmark prints it and goes on without the peer
                answer({"error": f"{type(error).__name__}: {error}"})
