/**
 * 1 in the relaxed build, 0 in the strict one; set by scripts/build-kernels.mjs through `asc --use`. Write
 * `if (RELAXED) { … }`: asc drops the dead branch before it can object to relaxed instructions in the strict build.
 */
declare const RELAXED: i32;
