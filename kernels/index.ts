// The exports of the kernel modules: names and arguments of `Kernels` (src/runtime/kernels.ts), with `worker, workers`
// after those of ∥. No statics, no allocation: what an instance keeps, another thread's instance would not see.
export { axpy, binary, scale } from "./binary";
export { gemm, gemmBias } from "./gemm";
export { gemmTN } from "./gemm-transposed";
export { crossEntropy, logSoftmax, softmax } from "./losses";
export { dropoutMask } from "./masks";
export { copy, fill } from "./memory";
export { adadelta, adagrad, adam, rmsprop, sgd } from "./optimizers";
export { pack } from "./pack";
export { copyColumns, gatherRows, scatterAddRows } from "./rows";
export { columnSum, squares, sum, sumBlocks, sumSquares } from "./sums";
export { unary, unaryGrad } from "./unary";
