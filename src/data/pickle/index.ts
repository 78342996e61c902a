export { readPickle, type PickleOptions } from "./reader.js";
export {
  NumpyArray,
  NumpyType,
  PickleTuple,
  arrayGlobals,
  globalNames,
  plainGlobals,
  type GlobalName,
} from "./values.js";
