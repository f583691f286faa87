"""Whole logistic fits of scikit-learn and statsmodels on the problems of bench_reference.json."""
import warnings

from peer import Peers

warnings.filterwarnings("ignore")
peers = Peers()
numpy = peers.module("numpy", "apt-get install python3-numpy")
scipy = peers.module("scipy", "apt-get install python3-scipy")
sklearn = peers.module("sklearn", "apt-get install python3-sklearn")
statsmodels = peers.module("statsmodels", "apt-get install python3-statsmodels")
if sklearn:
    from sklearn.linear_model import LogisticRegression
if statsmodels:
    import statsmodels.api
if scipy:
    import scipy.sparse


def dense(x, y, n, p):
    return numpy.fromfile(x).reshape(n, p), numpy.fromfile(y, dtype=numpy.int32)


@peers.task("sklearn", "lbfgs")
def lbfgs(**data):
    """The default solver at its default tolerance (the gap it leaves is in the research notes: 1e-10, 2e-1, 4e-10, 2e-9)."""
    x, y = dense(**data)
    return lambda: float(LogisticRegression(C=1, max_iter=1000).fit(x, y).intercept_[0])


@peers.task("sklearn", "newton_cholesky")
def newton_cholesky(**data):
    x, y = dense(**data)
    return lambda: float(LogisticRegression(C=1, solver="newton-cholesky").fit(x, y).intercept_[0])


@peers.task("sklearn", "sparse_lbfgs")
def sparse_lbfgs(starts, indices, values, y, n, p):
    x = scipy.sparse.csr_matrix((numpy.fromfile(values), numpy.fromfile(indices, dtype=numpy.int32), numpy.fromfile(starts, dtype=numpy.int64)), shape=(n, p))
    y = numpy.fromfile(y, dtype=numpy.int32)
    return lambda: float(LogisticRegression(C=1, max_iter=1000).fit(x, y).intercept_[0])


@peers.task("statsmodels", "logit")
def logit(**data):
    x, y = dense(**data)
    x = statsmodels.api.add_constant(x)
    return lambda: float(statsmodels.api.Logit(y, x).fit(disp=0).bse[1])


peers.serve()
