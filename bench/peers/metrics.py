"""Calibration metrics as one writes them with NumPy."""
from peer import Peers

peers = Peers()
numpy = peers.module("numpy", "apt-get install python3-numpy")


def given(scores, labels, classes):
    z = numpy.fromfile(scores, dtype=numpy.float32).reshape(-1, classes)
    return z, numpy.fromfile(labels, dtype=numpy.int32)


def softmax(z):
    e = z.astype(numpy.float64)
    e -= e.max(axis=1, keepdims=True)
    numpy.exp(e, out=e)
    e /= e.sum(axis=1, keepdims=True)
    return e


def top(p, y):
    predicted = p.argmax(axis=1)
    return p[numpy.arange(len(y)), predicted], predicted == y


def ece(confidence, right, edges, side="left"):
    bins = numpy.searchsorted(edges, confidence, side=side)
    return numpy.abs(numpy.bincount(bins, weights=confidence - right)).sum() / len(right)


@peers.task("numpy", "guo2017")
def guo2017(**data):
    z, y = given(**data)
    edges = numpy.linspace(0, 1, 16)[1:]
    return lambda: ece(*top(softmax(z), y), edges)


@peers.task("numpy", "five_conventions")
def five_conventions(**data):
    """guo2017, torchmetrics, gce30, equal-mass and classwise: five of ours."""
    z, y = given(**data)

    def errors():
        p = softmax(z)
        confidence, right = top(p, y)
        order = numpy.argsort(confidence, kind="stable")
        inner = numpy.linspace(0, 1, 16)[1:-1]
        return [
            ece(confidence, right, numpy.linspace(0, 1, 16)[1:]),
            ece(confidence, right, numpy.linspace(0, 1, 16), "right"),
            ece(confidence, right, numpy.linspace(0, 1, 31), "right"),
            sum(abs(gap.sum()) for gap in numpy.array_split((confidence - right)[order], 15)) / len(y),
            sum(ece(p[:, k], y == k, inner) for k in range(p.shape[1])) / p.shape[1],
        ]
    return errors


@peers.task("numpy", "bootstrap_ece")
def bootstrap_ece(**data):
    """1,000 resamples on one thread: draw rows, add up their residuals by bin."""
    z, y = given(**data)
    confidence, right = top(softmax(z), y)
    bins = numpy.searchsorted(numpy.linspace(0, 1, 16)[1:-1], confidence)
    residual, n = confidence - right, len(y)

    def interval():
        random = numpy.random.default_rng(0)
        values = []
        for _ in range(1000):
            rows = random.integers(0, n, n)
            values.append(numpy.abs(numpy.bincount(bins[rows], weights=residual[rows])).sum() / n)
        return numpy.percentile(values, [2.5, 97.5]).tolist()
    return interval


@peers.task("numpy", "evaluate")
def evaluate(**data):
    """Accuracy, log loss, Brier, expected and classwise calibration error, in blocks of 1,000 rows."""
    z, y = given(**data)
    inner = numpy.linspace(0, 1, 16)[1:-1]

    def metrics():
        n, k = z.shape
        cells = numpy.zeros(15 * k)
        confidence, right, loss, brier = numpy.empty(n), numpy.empty(n, bool), 0.0, 0.0
        for start in range(0, n, 1000):
            p, labels = softmax(z[start:start + 1000]), y[start:start + 1000]
            rows = numpy.arange(len(labels))
            confidence[start:start + 1000], right[start:start + 1000] = top(p, labels)
            loss -= numpy.log(p[rows, labels]).sum()
            residual = p.copy()
            residual[rows, labels] -= 1
            brier += (residual * residual).sum()
            cells += numpy.bincount((numpy.searchsorted(inner, p) * k + numpy.arange(k)).ravel(), weights=residual.ravel(), minlength=15 * k)
        return [right.mean(), loss / n, brier / n, ece(confidence, right, inner), numpy.abs(cells).sum() / n / k]
    return metrics


peers.serve()
