import js from "@eslint/js";
import tseslint from "typescript-eslint";

/** Layers that each folder of src may import, besides itself. The import rule of ARCHITECTURE.md. */
const base = ["errors", "rng", "math"];
const allowed = {
  math: ["errors"],
  arch: base,
  spaces: [...base, "arch"],
  data: base,
  kernels: [...base, "arch", "spaces", "data"],
  spectrum: [...base, "arch", "spaces", "data", "kernels"],
  theory: [...base, "arch", "spaces", "data", "kernels", "spectrum"],
  score: [...base, "arch", "spaces", "data", "kernels", "spectrum", "theory"],
  tables: [...base, "spaces", "data"],
  bench: [...base, "events", "spaces", "score", "tables"],
  search: ["errors", "rng", "events", "spaces"],
  study: [...base, "arch", "spaces", "data", "kernels", "spectrum", "theory", "score", "search"],
  api: [...base, "arch", "spaces", "kernels", "spectrum", "theory", "score", "search"],
  train: [...base, "arch", "spaces", "data", "kernels"],
  export: [...base, "arch", "kernels", "train"],
  import: [...base, "arch", "kernels", "train"],
  queue: [...base, "arch", "spaces", "data", "kernels", "spectrum", "theory", "score"],
  explain: [...base, "arch", "spaces", "data", "kernels", "spectrum", "theory", "score"],
};
const folders = [
  "math",
  "arch",
  "spaces",
  "data",
  "kernels",
  "spectrum",
  "theory",
  "score",
  "tables",
  "bench",
  "search",
  "api",
  "train",
  "export",
  "import",
  "queue",
  "study",
  "explain",
  "store",
  "report",
  "cli",
  "errors",
  "rng",
  "events",
];

const importRules = Object.entries(allowed).map(([folder, may]) => {
  const forbidden = folders.filter((name) => name !== folder && !may.includes(name));
  return {
    files: [`src/${folder}/**/*.ts`],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              regex: `^(\\.\\./)+(${forbidden.join("|")})(/|\\.js$)`,
              message: `src/${folder} may import only ${may.join(", ")} (see ARCHITECTURE.md, import rule).`,
            },
          ],
        },
      ],
    },
  };
});

/** What report may load of other folders: code that reads genotypes and scores, and no kernels. */
const lightFiles = "(?!explain/(?:effects|layers|why|compare|simple-rules)\\.js$)";

/** store and report take types of the layers below, never code (report: but for the files above). */
const typesOnly = ["store", "report"].map((folder) => ({
  files: [`src/${folder}/**/*.ts`],
  rules: {
    "@typescript-eslint/no-restricted-imports": [
      "error",
      {
        patterns: [
          {
            regex: `^(\\.\\./)+${folder === "report" ? lightFiles : ""}(${folders.filter((name) => name !== folder && name !== "errors" && name !== "rng").join("|")})(/|\\.js$)`,
            allowTypeImports: true,
            message: `src/${folder} imports types only from other folders.`,
          },
        ],
      },
    ],
  },
}));

export default tseslint.config(
  {
    ignores: [
      "dist/",
      "coverage/",
      "docs/api/",
      "node_modules/",
      "src/math/linalg-wasm.ts",
      "src/kernels/finite/engine/engine-wasm.ts",
      "build/",
      ".eigennas/",
    ],
  },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ["*.js", "src/queue/*.mjs"] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      "max-lines": ["error", { max: 400, skipBlankLines: false, skipComments: false }],
      "no-console": "error",
      eqeqeq: "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/no-unnecessary-condition": ["error", { allowConstantLoopConditions: true }],
      "@typescript-eslint/prefer-for-of": "off",
    },
  },
  ...importRules,
  ...typesOnly,
  { files: ["src/cli/**/*.ts", "benchmarks/**/*.ts", "examples/**/*.ts"], rules: { "no-console": "off" } },
  { files: ["**/*.js", "**/*.mjs"], ...tseslint.configs.disableTypeChecked },
  {
    files: ["test/**/*.ts"],
    rules: { "@typescript-eslint/no-unsafe-assignment": "off", "@typescript-eslint/no-unsafe-member-access": "off" },
  },
);
