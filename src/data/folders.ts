import { join } from "node:path";

/** Where specs without a path look for a data set, from the working directory. */
export const downloadFolder = (name: string): string => join(".eigennas", "data", name);
