"""Fits of calibrators as one writes them with NumPy and SciPy, to the same optimum as ours."""
from peer import Peers

peers = Peers()
numpy = peers.module("numpy", "apt-get install python3-numpy")
scipy = peers.module("scipy", "apt-get install python3-scipy")
if scipy:
    import scipy.optimize
    import scipy.special


def held_out(scores, labels, classes):
    z = numpy.fromfile(scores, dtype=numpy.float32).reshape(-1, classes)
    return z, numpy.fromfile(labels, dtype=numpy.int32)


@peers.task("numpy", "temperature_newton")
def temperature_newton(**data):
    """Newton on 1/T in double, from 1, until the step is below 1e-12."""
    z32, y = held_out(**data)
    rows = numpy.arange(len(y))

    def fit():
        z = z32.astype(numpy.float64)
        z -= z.max(axis=1, keepdims=True)
        chosen = z[rows, y].mean()
        beta = 1.0
        for _ in range(50):
            e = numpy.exp(beta * z)
            s0 = e.sum(axis=1)
            e *= z
            mean = e.sum(axis=1) / s0
            e *= z
            variance = e.sum(axis=1) / s0 - mean * mean
            step = (mean.mean() - chosen) / variance.mean()
            beta -= step
            if abs(step) < 1e-12:
                break
        return 1 / beta
    return fit


@peers.task("scipy", "temperature_bounded")
def temperature_bounded(**data):
    """scipy's bounded search on log T with its logsumexp."""
    z32, y = held_out(**data)
    rows = numpy.arange(len(y))

    def fit():
        z = z32.astype(numpy.float64)
        chosen = z[rows, y].mean()

        def nll(log_t):
            beta = numpy.exp(-log_t)
            return scipy.special.logsumexp(beta * z, axis=1).mean() - beta * chosen
        found = scipy.optimize.minimize_scalar(nll, bounds=(numpy.log(0.05), numpy.log(20)), method="bounded", options={"xatol": 1e-8})
        return float(numpy.exp(found.x))
    return fit


@peers.task("scipy", "vector_lbfgsb")
def vector_lbfgsb(**data):
    """softmax(w z + b) by L-BFGS-B with the analytic gradient in double, until the mean NLL stands still; scores centred as ours are."""
    z32, y = held_out(**data)
    n, k = z32.shape
    rows = numpy.arange(n)

    def fit():
        z = z32.astype(numpy.float64)
        z -= z.mean(axis=1, keepdims=True)

        def objective(x):
            s = z * x[:k]
            s += x[k:]
            s -= s.max(axis=1, keepdims=True)
            chosen = s[rows, y].mean()
            numpy.exp(s, out=s)
            total = s.sum(axis=1, keepdims=True)
            s /= total
            s[rows, y] -= 1
            return numpy.log(total).mean() - chosen, numpy.concatenate([numpy.einsum("ij,ij->j", s, z), s.sum(axis=0)]) / n
        start = numpy.concatenate([numpy.ones(k), numpy.zeros(k)])
        found = scipy.optimize.minimize(objective, start, jac=True, method="L-BFGS-B", options={"maxiter": 10000, "maxfun": 20000, "ftol": 1e-15, "gtol": 1e-8})
        return float(found.fun)
    return fit


peers.serve()
