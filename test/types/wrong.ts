// A program that must not type-check: it shows that the check looks.
import { Linear } from "hiddenstate/nn";
export const wrong = new Linear({ inputSize: "4", outputSize: 1 });
