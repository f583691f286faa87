"""Losses from logits with their gradients, as one writes them in PyTorch, on one thread."""
from peer import Peers

peers = Peers()
torch = peers.module("torch", "apt-get install python3-torch")
if torch:
    torch.set_num_threads(1)
    # Debian's torch takes any BLAS; the reference one is no peer.
    peers.require("torch+openblas", "openblas" in open("/proc/self/maps").read(), "apt-get install libopenblas0-pthread")


def scores(rows, classes, dtype):
    torch.manual_seed(1)
    return (3 * torch.randn(rows, classes)).to(getattr(torch, dtype)).requires_grad_(True)


@peers.task("torch", "cross_entropy")
def cross_entropy(rows, classes, dtype):
    z, y = scores(rows, classes, dtype), torch.arange(rows) % classes

    def body():
        z.grad = None
        loss = torch.nn.functional.cross_entropy(z, y)
        loss.backward()
        return loss.item()
    return body


@peers.task("torch", "binary_cross_entropy")
def binary_cross_entropy(n):
    z, t = scores(1, n, "float32"), (torch.arange(n) % 2).float().reshape(1, -1)

    def body():
        z.grad = None
        loss = torch.nn.functional.binary_cross_entropy_with_logits(z, t)
        loss.backward()
        return loss.item()
    return body


@peers.task("torch+openblas", "linear_cross_entropy")
def linear_cross_entropy(rows, inputs, classes, gradient):
    torch.manual_seed(1)
    x, w, b = torch.randn(rows, inputs) / 32, torch.randn(classes, inputs), torch.zeros(classes)
    y = torch.arange(rows) % classes
    for tensor in (x, w, b):
        tensor.requires_grad_(gradient)

    def body():
        for tensor in (x, w, b):
            tensor.grad = None
        loss = torch.nn.functional.cross_entropy(torch.nn.functional.linear(x, w, b), y)
        if gradient:
            loss.backward()
        return loss.item()
    return body


@peers.task("torch+openblas", "linear")
def linear(rows, inputs, classes):
    torch.manual_seed(1)
    x, w = torch.randn(rows, inputs), torch.randn(classes, inputs)

    def body():
        torch.nn.functional.linear(x, w)
    return body


peers.serve()
