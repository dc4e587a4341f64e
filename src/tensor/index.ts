/**
 * Tensors: arrays of numbers in the heap, what can be done with them, and the way back.
 *
 * Values — `Tensor`, `Parameter`; memory — `scope`; gradients — `record`, `noGrad`, `tensor.backward()`; operations —
 * one file each in `ops/`, backward under forward.
 */
export { Parameter, type ParameterOptions } from "./parameter.js";
export type { Shape } from "./shape.js";
export { broadcastShapes, sameShape, sizeOf } from "./shape.js";
export { scope } from "./scope.js";
export { scratch } from "./frame.js";
export type { BackwardOptions } from "./backward.js";
export type { Gradient } from "./leaf-gradient.js";
export { RowGradient } from "./row-gradient.js";
export { gradientFor, storedGradient } from "./stored-gradient.js";
export { tableGradient } from "./table-gradient.js";
export { type Backward, noGrad, record, recording } from "./tape.js";
export { Tensor, type TensorOptions } from "./tensor.js";
export { type TensorData, bytesOf } from "./tensor-core.js";
export { checkIndices, kernelsOf } from "./kernels-of.js";

// Element by element, with broadcasting
export { add } from "./ops/add.js";
export { addScalar } from "./ops/add-scalar.js";
export { broadcastTo } from "./ops/broadcast-to.js";
export { div } from "./ops/div.js";
export { mul } from "./ops/mul.js";
export { scale } from "./ops/scale.js";
export { sub } from "./ops/sub.js";
export { abs, exp, log, neg, relu, sigmoid, sqrt, square, tanh } from "./ops/unary.js";

// Reductions
export { mean } from "./ops/mean.js";
export { type ReduceOptions, sum } from "./ops/sum.js";

// Matrices and tables
export { addScaledIdentity } from "./ops/add-scaled-identity.js";
export { embedding } from "./ops/embedding.js";
export { householderProduct } from "./ops/householder-product.js";
export { linear } from "./ops/linear.js";
export { matmul } from "./ops/matmul.js";
export { matrixExp } from "./ops/matrix-exp.js";
export { gatherRows, scatterRows } from "./ops/rows.js";
export { skew } from "./ops/skew.js";
export { solve } from "./ops/solve.js";
export { distinctRows, type DistinctRows } from "./selection.js";

// Shape and memory
export { astype } from "./ops/astype.js";
export { clone } from "./ops/clone.js";
export { concat } from "./ops/concat.js";
export { detach } from "./ops/detach.js";
export { permute, transpose } from "./ops/permute.js";
export { reshape } from "./ops/reshape.js";
export { select, slice } from "./ops/slice.js";
export { stack } from "./ops/stack.js";

// Probabilities and losses
export { type BinaryCrossEntropyOptions, binaryCrossEntropy } from "./ops/binary-cross-entropy.js";
export { type CrossEntropyOptions, crossEntropy } from "./ops/cross-entropy.js";
export { type DropoutOptions, dropout, dropoutMask } from "./ops/dropout.js";
export { logSoftmax } from "./ops/log-softmax.js";
export { type MseLossOptions, mseLoss } from "./ops/mse-loss.js";
export type { Reduction } from "./reduction.js";
export { softmax } from "./ops/softmax.js";
