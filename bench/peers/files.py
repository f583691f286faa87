"""Reading files of scores: NumPy, pandas and Python's own json."""
import json

from peer import Peers

peers = Peers()
numpy = peers.module("numpy", "apt-get install python3-numpy")
pandas = peers.module("pandas", "apt-get install python3-pandas")
peers.module("json", "", peer="python")


@peers.task("numpy", "load")
def load(path):
    return lambda: numpy.load(path) is None


@peers.task("numpy", "load_double")
def load_double(path):
    return lambda: numpy.load(path).astype("f8") is None


@peers.task("numpy", "load_single")
def load_single(path):
    return lambda: numpy.load(path).astype("f4") is None


@peers.task("numpy", "load_logits")
def load_logits(path):
    return lambda: numpy.load(path)["logits"] is None


@peers.task("numpy", "loadtxt")
def loadtxt(path):
    return lambda: numpy.loadtxt(path, delimiter=",") is None


@peers.task("numpy", "loadtxt_single")
def loadtxt_single(path):
    return lambda: numpy.loadtxt(path, delimiter=",", dtype="f4") is None


@peers.task("pandas", "read_csv")
def read_csv(path):
    return lambda: pandas.read_csv(path, header=None, float_precision="round_trip").values is None


@peers.task("python", "json_lines")
def json_lines(path):
    def body():
        with open(path) as file:
            return numpy.array([json.loads(line)["logits"] for line in file], dtype="f4") is None
    return body


peers.serve()
