// A quarter of the cells over the product of directions, layers, rows, regularisers, machines and threads.
import { registerProduct } from "./product.js";

registerProduct(3, 4);
