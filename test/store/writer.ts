import { openStore } from "../../src/store/index.js";
import { makeProtocol } from "../report/fixture.js";

/** A process of the two-process test: writes one run of `batches` batches and prints its id. */
const [path, name, batches] = process.argv.slice(2);
const store = openStore(path);
const id = store.create(makeProtocol({ command: name }), "2026-11-24T04:19:02.123Z");
for (let batch = 0; batch < Number(batches); batch++) {
  store.append(
    id,
    Array.from({ length: 20 }, (_, i) => ({
      genotype: `${name}-${batch}-${i}`,
      score: batch,
      lambdaMin: i,
      lambdaMinNormalized: null,
      LB: null,
      UBpair: null,
      residual: null,
      failure: null,
    })),
  );
}
store.close();
process.stdout.write(id);
