# Fits of R beside ours. Prints the CPU seconds of the fit alone.
args <- commandArgs(trailingOnly = TRUE)
task <- args[1]
if (task == "hello") { suppressMessages(library(glmnet)); cat(1e-9); quit(save = "no") }
n <- as.integer(args[4]); p <- as.integer(args[5])
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
