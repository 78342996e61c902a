import type { Run } from "../../store/types.js";
import { type Markup, html, lambdaMin, lambdaMinNormalized } from "../markup.js";

/** What the numbers mean, and what must not be read into them. */
export function readingSection(run: Run): Markup {
  const paperStyle = !run.protocol.model.crossTerms;
  return html`<section id="reading">
    <h2>How to read this</h2>
    <div class="reading">
      <div>
        <h3>What ${lambdaMin} says</h3>
        <p>
          The smallest eigenvalue of the infinite-width neural tangent kernel on this batch. When it is positive,
          gradient flow on the squared loss drives the training error to zero at a rate of at least e<sup>−2λt</sup>: it
          speaks about trainability. Generalization bounds of the form √(yᵀK⁻¹y/n) are at most 1/√${lambdaMin}, so a
          large value helps there too, but it is no measurement of test accuracy.
        </p>
      </div>
      <div>
        <h3>Raw and normalised</h3>
        <p>
          Raw ${lambdaMin} rewards the scale of the output: multiplying the network by <i>s</i> multiplies it by
          <i>s</i>², while no prediction changes its sign, and skips make the scale grow. ${lambdaMinNormalized} does
          not depend on it. When the two rankings disagree, the difference is scale.
        </p>
      </div>
      <div>
        <h3>LB and UBpair</h3>
        <p>
          LB is a lower bound from the Hermite coefficients of the first activation and the gains of the later layers;
          it is proved for the infinite-width kernel with Gaussian weights, and it is positive when no two inputs are
          parallel or antipodal. UBpair is the smallest eigenvalue of all 2 × 2 principal minors, an upper bound of any
          symmetric matrix by interlacing. Neither is an estimate: the truth may lie anywhere between.
        </p>
      </div>
      <div>
        <h3>What is assumed</h3>
        <p>
          Infinite width, Gaussian initialisation, NTK parameterisation, one scalar output, no biases, no batch
          normalisation. Finite networks have smaller values while their width is near the number of inputs. The numbers
          belong to this batch: another batch, or another number of inputs, gives others.
        </p>
      </div>
      <div>
        <h3>Exact or best seen</h3>
        <p>
          ${
            run.exactTopK
              ? "This ranking is the exact top-k of the space: every other architecture was solved, or skipped because an upper bound of its score (a Rayleigh quotient with a known vector) lies below the k-th best."
              : "This ranking is the best of what was evaluated. Nothing is claimed about architectures that were not."
          }
        </p>
      </div>
      ${
        paperStyle
          ? html`<div>
              <h3>Paper-style recursion</h3>
              <p>
                Cross terms of the skips were dropped. For activations with a non-zero mean (ReLU and most others) this
                is not the kernel of the network: Monte Carlo over random networks refutes it.
              </p>
            </div>`
          : null
      }
    </div>
  </section>`;
}
