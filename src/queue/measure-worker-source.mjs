/** Worker entry when running from source (tests, benchmarks): compiles measure-worker.ts on the fly. */
import { tsImport } from "tsx/esm/api";

const { default: run } = await tsImport("./measure-worker.ts", import.meta.url);
export default run;
