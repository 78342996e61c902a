/** Worker entry when running from source (tests, benchmarks): compiles worker.ts on the fly. The build has worker.js. */
import { tsImport } from "tsx/esm/api";

const { default: run } = await tsImport("./worker.ts", import.meta.url);
export default run;
