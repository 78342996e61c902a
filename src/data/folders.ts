import { join } from "node:path";

/** Where `eigennas data get NAME` puts a data set and specs without a path look for it, from the working directory. */
export const downloadFolder = (name: string): string => join(".eigennas", "data", name);
