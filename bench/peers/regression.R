# Fits of R beside ours. Prints the CPU seconds of the fit alone.
args <- commandArgs(trailingOnly = TRUE)
task <- args[1]
if (task == "hello") { suppressMessages(library(glmnet)); cat(1e-9); quit(save = "no") }
n <- as.integer(args[4]); p <- as.integer(args[5])
if (task == "sparse_ridge") {
    # X in compressed rows: starts (64 bits, of which the lower half suffices), columns, values.
    suppressMessages({ library(Matrix); library(glmnet) })
    starts <- readBin(file.path(args[2], "starts.bin"), "integer", 2 * (n + 1))[seq(1, 2 * (n + 1), 2)]
    columns <- readBin(file.path(args[2], "indices.bin"), "integer", starts[n + 1])
    values <- readBin(file.path(args[2], "values.bin"), "double", starts[n + 1])
    y <- readBin(args[3], "integer", n)
    x <- as(new("dgRMatrix", p = starts, j = columns, x = values, Dim = c(n, p)), "CsparseMatrix")
    cpu <- function(expr) { t <- system.time(expr); t[["user.self"]] + t[["sys.self"]] }
    cat(format(cpu(glmnet(x, y, family = "binomial", alpha = 0, lambda = 1 / n, standardize = FALSE)), digits = 6))
    quit(save = "no")
}
x <- matrix(readBin(args[2], "double", n * p), n, p, byrow = TRUE)
y <- readBin(args[3], "integer", n)
cpu <- function(expr) { t <- system.time(expr); t[["user.self"]] + t[["sys.self"]] }
if (task == "glm") {
    seconds <- cpu({ fit <- glm.fit(cbind(1, x), y, family = binomial()); se <- sqrt(diag(chol2inv(fit$qr$qr[1:(p + 1), ]))) })
} else {
    suppressMessages(library(glmnet))
    seconds <- cpu(glmnet(x, y, family = "binomial"))
}
cat(format(seconds, digits = 6))
