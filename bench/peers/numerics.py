"""The row functions as PyTorch and SciPy have them, on one thread, over the same kind of rows."""
from peer import Peers

peers = Peers()
numpy = peers.module("numpy", "apt-get install python3-numpy")
scipy = peers.module("scipy", "apt-get install python3-scipy")
torch = peers.module("torch", "apt-get install python3-torch")
if torch:
    torch.set_num_threads(1)
if scipy:
    import scipy.special


def tensor(rows, classes, kind):
    generator = torch.Generator().manual_seed(7)
    return 3 * torch.randn(rows, classes, generator=generator, dtype=getattr(torch, kind))


@peers.task("torch", "softmax")
def softmax(rows, classes, kind="float32"):
    x = tensor(rows, classes, kind)
    return lambda: torch.softmax(x, -1)[0, 0].item()


@peers.task("torch", "log_softmax")
def log_softmax(rows, classes, kind="float32"):
    x = tensor(rows, classes, kind)
    return lambda: torch.log_softmax(x, -1)[0, 0].item()


@peers.task("torch", "log_sum_exp")
def log_sum_exp(rows, classes, kind="float32"):
    x = tensor(rows, classes, kind)
    return lambda: torch.logsumexp(x, -1)[0].item()


@peers.task("torch", "sigmoid")
def sigmoid(rows, classes, kind="float32"):
    x = tensor(rows, classes, kind)
    return lambda: torch.sigmoid(x)[0, 0].item()


@peers.task("scipy", "log_sum_exp")
def scipy_log_sum_exp(rows, classes, kind="float32"):
    x = (3 * numpy.random.default_rng(7).standard_normal((rows, classes))).astype(kind)
    return lambda: float(scipy.special.logsumexp(x, axis=-1)[0])


peers.serve()
